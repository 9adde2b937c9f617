"""Kept statements as the rows and events that are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from staycourse.adapters.log import Kept
from staycourse.adapters.store.doors import StatementBatch, StatementRow
from staycourse.events import Event
from staycourse.events.xapi import DEFAULT_VERB_MAP, Unmapped, VerbMap, events_of_statement
from staycourse.events.xapi.reading import learners
from staycourse.kernel import BadInput, natural_id
from staycourse.xapi import ACTIVITY, AGENT, Reader, Statement, identity, people_of, term, with_more

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LANES = 256
_NAMED = 200


def place_of(moment: int, lane: int) -> int:
    """Return the place of a statement stored at `moment` (microseconds since 1970) by the process that holds `lane`."""
    return moment * LANES + lane


def instant_of(place: int) -> datetime:
    """Return when the statement at `place` was stored."""
    return _EPOCH + timedelta(microseconds=place // LANES)


def stored_texts(first: int, count: int) -> Iterator[bytes]:
    """Yield `count` microseconds since 1970, beginning with `first`, as timestamps."""
    second, told = -1, b""
    for moment in range(first, first + count):
        whole, rest = divmod(moment, 1_000_000)
        if whole != second:
            second, told = whole, (_EPOCH + timedelta(seconds=whole)).isoformat()[:19].encode()
        yield b"%b.%06dZ" % (told, rest)


def rows_of(
    kept: Sequence[Kept], readers: dict[bool, Reader], mapping: VerbMap = DEFAULT_VERB_MAP
) -> tuple[list[Event], StatementBatch]:
    """Return the events that statements tell, and what is written of them."""
    events: list[Event] = []
    batch = StatementBatch()
    for one in kept:
        statement = readers[one.two].read(one.body, most=1)[0][0]
        value = statement.value
        told = events_of_statement(value, stored=instant_of(one.place), mapping=mapping)
        if isinstance(told, Unmapped):
            key = (plain(str(value["verb"]["id"])[:_NAMED]), plain(told.reason[:_NAMED]))
            batch.unmapped[key] = batch.unmapped.get(key, 0) + 1
            told = ()
        events.extend(told)
        learner = learner_of(value["actor"], mapping)
        batch.statements.append(
            StatementRow(
                one.place, one.statement, learner, statement.clean().decode(), tuple(statement.terms()),
                statement.target, statement.voids,
            )
        )  # fmt: skip
        _note(batch, statement, mapping)
        batch.attachments += [
            {"place": one.place, "sha2": has.sha2, "learner": learner, "content_type": has.content_type[:_NAMED],
             "content": has.content}
            for has in one.contents
        ]  # fmt: skip
    return events, batch


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


def _note(batch: StatementBatch, statement: Statement, mapping: VerbMap) -> None:
    """Note the names of the statement's agents and what it says of its activity."""
    about = statement.parts["object"].value
    for one in people_of(statement.value):
        named = identity(one)
        whose = (plain(named), learner_of(one, mapping))
        batch.agents[term(AGENT, named), plain(one.get("name", "")[:_NAMED])] = whose
    if about.get("objectType", "Activity") == "Activity" and about.get("definition"):
        key = term(ACTIVITY, about["id"])
        known = batch.activities.get(key)
        batch.activities[key] = with_more(known, about["definition"]) if known else about["definition"]
