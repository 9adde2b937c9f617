"""What new events mean for those who are on a journey: leave, go on, and what to remember for later forks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.care.entering import entry_fact_of, telling_verbs, told_of
from staycourse.events import LEARNING_VERBS, Event
from staycourse.policy import RETURN, TASK, BranchStep, Policy, WaitStep

REPLY, UNSUBSCRIBE, ANSWER = "contact_replied", "unsubscribed", "survey_answered"
PAID = ("paid", "renewed")
PAID_UNTIL = "attribute:paid_until"
"""The day, as a proleptic ordinal, until which a learner has paid: of the attribute `until` of a payment."""

Fact = tuple[str, str, float | None, str, datetime]

ANY_LEARNING = "*learning"
"""Stands for learning of a kind that is not told."""

_LEARNING = frozenset(LEARNING_VERBS)


@dataclass(frozen=True, slots=True)
class Underfoot:
    """An active journey, as far as events matter to it. `since` is when it came to the step it stands at."""

    journey: int
    learner: str
    playbook: str
    awaits: str
    entered: datetime
    since: datetime


@dataclass(slots=True)
class Heeding:
    """What a batch of events asks for: journeys to leave by reason, to wake by the event, facts to keep, returns.

    A fact is (learner, fact, number, words, when it happened).
    """

    leaves: dict[str, set[int]] = field(default_factory=dict)
    wakes: dict[str, set[int]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    returned: dict[str, datetime] = field(default_factory=dict)


def heeded_verbs(policy: Policy) -> frozenset[str]:
    """Return the verbs of the events that care must see at once under `policy`."""
    verbs = {*LEARNING_VERBS, REPLY, UNSUBSCRIBE, ANSWER, *PAID, *_branched(policy)}
    verbs |= {verb for trigger in policy.triggers.values() for verb in trigger.heard}
    for playbook in policy.playbooks.values():
        verbs |= {playbook.goal, playbook.enter.event}
        verbs |= {step.until for step in playbook.steps if isinstance(step, WaitStep)}
    return frozenset(verbs - {"", RETURN, TASK})


def plain_verbs(policy: Policy) -> frozenset[str]:
    """Return those of `heeded_verbs` that mean something only of who is on a journey, or has an open alert.

    The others open alerts, let learners enter, are remembered, or withdraw consent, whoever they are of.
    """
    telling = {UNSUBSCRIBE, ANSWER, *PAID, *_branched(policy)}
    telling |= {verb for trigger in policy.triggers.values() for verb in trigger.heard}
    telling |= {playbook.enter.event for playbook in policy.playbooks.values()}
    return heeded_verbs(policy) - telling


def that_matter(
    events: pa.Table, plain: Collection[str], watched: Callable[[Sequence[str]], tuple[Set[str], Set[str]]]
) -> pa.Table:
    """Return the rows of `events` (learner, verb, time) that `heed` and what goes with it make anything of, in order.

    Of the `plain` verbs these are the rows of who is on a journey, and of who has an open alert each one's newest
    learning: `watched` says of learners who those are (on a journey, with an alert). Whatever else is dropped here
    would have been looked at, and nothing done.
    """
    verbs = pc.dictionary_encode(events["verb"].combine_chunks())
    learners = pc.dictionary_encode(events["learner"].combine_chunks())
    verb, learner = np.asarray(verbs.indices), np.asarray(learners.indices)
    asked = _among(verbs, plain)[verb]
    occurs = np.zeros(len(learners.dictionary), np.bool_)
    occurs[learner[asked]] = True
    names = learners.dictionary.filter(pa.array(occurs)).to_pylist()
    if not names:
        return events
    travelling, alerted = watched(names)
    kept = ~asked | _among(learners, travelling)[learner]
    learning = ~kept & _among(learners, alerted)[learner] & _among(verbs, _LEARNING)[verb]
    rows = np.flatnonzero(learning)
    order = rows[np.lexsort((events["time"].combine_chunks().view(pa.int64()).to_numpy()[rows], learner[rows]))]
    kept[order[np.append(np.diff(learner[order]) != 0, True)] if len(order) else order] = True
    return events.filter(pa.array(kept))


def _among(encoded: pa.DictionaryArray, names: Collection[str]) -> npt.NDArray[np.bool_]:
    """Return of each word of a dictionary whether it is one of `names`."""
    return np.asarray(pc.is_in(encoded.dictionary, value_set=pa.array(sorted(names), pa.string())), np.bool_)


def heed(events: Sequence[Event], journeys: Collection[Underfoot], policy: Policy) -> Heeding:
    """Decide what `events` mean for `journeys`.

    An event older than the journey's beginning means nothing to it, and one older than its wait does not end the wait:
    taking the same events in again changes nothing more. Who unsubscribes at the very instant of the beginning leaves.
    """
    found = Heeding()
    by_learner: dict[str, list[Underfoot]] = {}
    for journey in journeys:
        by_learner.setdefault(journey.learner, []).append(journey)
    branched, telling = _branched(policy), telling_verbs(policy)
    for event in events:
        found.facts.extend(_facts(event, branched))
        if event.verb in telling and not event.backfill:
            found.facts.append((event.learner, entry_fact_of(event), event.value, told_of(event), event.time))
        if event.verb in _LEARNING:
            found.returned[event.learner] = max(event.time, found.returned.get(event.learner, event.time))
        for journey in by_learner.get(event.learner, ()):
            if event.time > journey.entered or (event.verb == UNSUBSCRIBE and event.time == journey.entered):
                _heed_one(event.verb, event.time, journey, policy, found)
    return _settled(found)


def heed_returns(learned: Mapping[str, datetime], journeys: Collection[Underfoot], policy: Policy) -> Heeding:
    """Decide what it means for `journeys` that learners `learned` at an instant or later: what only a night can tell,
    where a platform hands its events over by the day.
    """
    found = Heeding()
    for journey in journeys:
        at = learned.get(journey.learner)
        if at is not None and at > journey.entered:
            _heed_one(ANY_LEARNING, at, journey, policy, found)
    return _settled(found)


def _settled(found: Heeding) -> Heeding:
    """Leave nobody to be woken who has left."""
    gone = {number for numbers in found.leaves.values() for number in numbers}
    found.wakes = {verb: numbers - gone for verb, numbers in found.wakes.items() if numbers - gone}
    return found


def _heed_one(verb: str, at: datetime, journey: Underfoot, policy: Policy, found: Heeding) -> None:
    learning = verb == ANY_LEARNING or verb in _LEARNING
    playbook = policy.playbooks.get(journey.playbook)
    reason = "gone" if playbook is None else ""
    if playbook is not None:
        happened: Mapping[str, bool] = {
            "unsubscribe": verb == UNSUBSCRIBE,
            "reply": verb == REPLY,
            "return": learning,
        }
        reason = next((name for name, true in happened.items() if true and name in playbook.leave_on), "")
        reason = "goal" if verb == playbook.goal else reason
    if reason:
        found.leaves.setdefault(reason, set()).add(journey.journey)
    elif at > journey.since and (journey.awaits == verb or (journey.awaits == RETURN and learning)):
        found.wakes.setdefault(journey.awaits, set()).add(journey.journey)


def _branched(policy: Policy) -> frozenset[str]:
    return frozenset(
        step.name
        for playbook in policy.playbooks.values()
        for step in playbook.steps
        if isinstance(step, BranchStep) and step.on == "event"
    )


def _facts(event: Event, branched: Collection[str]) -> list[Fact]:
    facts: list[Fact] = []
    if event.verb in branched:
        facts.append((event.learner, f"event:{event.verb}", event.value, event.object, event.time))
    if event.verb == ANSWER and event.object:
        facts.append((event.learner, f"answer:{event.object[:100]}", event.value, "", event.time))
    if event.verb in PAID and "until" in event.attributes:
        try:
            until = date.fromisoformat(event.attributes["until"][:10])
        except ValueError:
            return facts
        facts.append((event.learner, PAID_UNTIL, float(until.toordinal()), until.isoformat(), event.time))
    return facts
