"""Kept statements as the rows and events that are made of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from staycourse.adapters.log import Kept, instant_of
from staycourse.adapters.store.doors import StatementBatch, StatementRow
from staycourse.events import Event
from staycourse.events.xapi import DEFAULT_VERB_MAP, Unmapped, VerbMap, events_of_statement
from staycourse.events.xapi.reading import learners
from staycourse.kernel import BadInput, natural_id
from staycourse.xapi import ACTIVITY, AGENT, PEOPLE, Part, Reader, Statement, identity, people_of, term, with_more

_NAMED = 200
_MOST_ACTORS = 50_000
_MOST_SAID = 50_000
SAID_SECONDS = 60.0
"""For how long what is said of an activity is not said again: another process may have said otherwise since."""

_People = dict[tuple[int, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Actor:
    """What an actor is in the store: `learner` as in its events, and the names of all that it holds.

    `learners` are all who act, None where an event cannot name them.
    """

    learner: str
    learners: Sequence[str] | None
    people: _People


class RowMaker:
    """Makes rows and events of kept statements. What it remembers of actors is bounded; one thread uses it."""

    def __init__(self, readers: dict[bool, Reader], mapping: VerbMap = DEFAULT_VERB_MAP) -> None:
        self._readers = readers
        self._mapping = mapping
        self._actors: dict[bytes, _Actor] = {}
        self._said: dict[str, dict[int, bytes]] = {}
        self._said_since = time.monotonic()

    def rows_of(self, tenant: str, kept: Sequence[Kept]) -> tuple[list[Event], StatementBatch]:
        """Return the events that statements tell, and what is written of them.

        What statements said of activities is left out where `written` was told of just that.
        """
        events: list[Event] = []
        batch = StatementBatch()
        before = self._said.get(tenant, {})
        for one, statement in self._read(kept):
            value = statement.doing
            actor = self._actor(statement.parts["actor"])
            events += self._events(batch, one, value, actor.learners)
            batch.statements.append(
                StatementRow(
                    one.place, one.statement, actor.learner, statement.clean().decode(), tuple(statement.terms()),
                    statement.target, statement.voids,
                )
            )  # fmt: skip
            batch.agents.update(actor.people if _is_plain(value) else self._people(value))
            _note_activity(batch, statement.parts["object"], before)
            batch.attachments += [
                {"place": one.place, "sha2": has.sha2, "learner": actor.learner,
                 "content_type": has.content_type[:_NAMED], "content": has.content}
                for has in one.contents
            ]  # fmt: skip
        return events, batch

    def written(self, tenant: str, batch: StatementBatch) -> None:
        """Remember what a batch that is in the store said of activities: to say it again changes nothing."""
        now = time.monotonic()
        if now - self._said_since > SAID_SECONDS:
            self._said, self._said_since = {}, now
        said = self._said.setdefault(tenant, {})
        if len(said) + len(batch.said) > _MOST_SAID:
            said.clear()
        said |= batch.said

    def _read(self, kept: Sequence[Kept]) -> Iterator[tuple[Kept, Statement]]:
        for two, group in groupby(kept, attrgetter("two")):
            own = list(group)
            yield from zip(own, self._readers[two].again([one.body for one in own]), strict=True)

    def _events(
        self, batch: StatementBatch, one: Kept, value: dict[str, Any], acted: Sequence[str] | None
    ) -> Sequence[Event]:
        """Return the events that a statement tells; what tells none is counted."""
        told = events_of_statement(value, stored=instant_of(one.place), mapping=self._mapping, acted=acted)
        if not isinstance(told, Unmapped):
            return told
        key = (plain(str(value["verb"]["id"])[:_NAMED]), plain(told.reason[:_NAMED]))
        batch.unmapped[key] = batch.unmapped.get(key, 0) + 1
        return ()

    def _actor(self, part: Part) -> _Actor:
        found = self._actors.get(part.raw)
        if found is None:
            if len(self._actors) >= _MOST_ACTORS:
                self._actors.clear()
            learner = learner_of(part.value, self._mapping)
            people = self._people({"actor": part.value, "object": {}})
            self._actors[part.raw] = found = _Actor(learner, self._learners(part.value), people)
        return found

    def _learners(self, actor: dict[str, Any]) -> Sequence[str] | None:
        try:
            return learners({"actor": actor}, self._mapping.home_pages)
        except BadInput:
            return None

    def _people(self, statement: dict[str, Any]) -> _People:
        """Return the names of a statement's agents, and whose they are."""
        return {
            (term(AGENT, identity(one)), plain(one.get("name", "")[:_NAMED])):
                (plain(identity(one)), learner_of(one, self._mapping))
            for one in people_of(statement)
        }  # fmt: skip


def _is_plain(statement: dict[str, Any]) -> bool:
    """Say whether a statement names nobody but its actor."""
    kind = statement["object"].get("objectType", "Activity")
    return kind in ("Activity", "StatementRef") and PEOPLE.isdisjoint(statement.get("context", ()))


def learner_of(actor: dict[str, Any], mapping: VerbMap = DEFAULT_VERB_MAP) -> str:
    """Return the learner that an agent is, as its events name them; "" for a group and for who is nobody."""
    if actor.get("objectType") == "Group":
        return ""
    try:
        found = learners({"actor": actor}, mapping.home_pages)
    except BadInput:  # an identifier that is too long for an id of ours: no events are told of them
        return natural_id("xapi", identity(actor))
    return plain(found[0]) if found else ""


def plain(text: str) -> str:
    """Return a text as every database takes it: PostgreSQL has no NUL."""
    return text.replace("\0", "\ufffd")


def _note_activity(batch: StatementBatch, part: Part, before: dict[int, bytes]) -> None:
    """Note what a statement says of its activity, unless just that was said last, in this batch or `before`."""
    about = part.value
    if about.get("objectType", "Activity") == "Activity" and about.get("definition"):
        key = term(ACTIVITY, about["id"])
        if (batch.said.get(key) or before.get(key)) != part.raw:
            batch.said[key] = part.raw
            known = batch.activities.get(key)
            batch.activities[key] = with_more(known, about["definition"]) if known else about["definition"]
