"""Who is to enter a playbook by a stage, a segment, a birthday or an event. (Alerts are answered elsewhere.)

Whether somebody may enter again, and beside which other journey, is decided by the store when they do.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta, tzinfo

import numpy as np
import pyarrow as pa

from staycourse.care.entering import begins_at
from staycourse.care.records import Entry
from staycourse.care.triggers import exempt_event
from staycourse.events import Event
from staycourse.kernel import natural_id
from staycourse.policy import PlaybookPolicy, Policy, RulePolicy
from staycourse.risk import absent_days, days_since_start, evaluate, numbers

BEGINNINGS = ("registered", "first_lesson")
"""The stages that a learner who had none before can have reached just now; any later one was reached unseen."""


def entries_of_night(
    signals: pa.Table,
    stages_before: Mapping[str, str],
    stages_now: Mapping[str, str],
    birthdays: Mapping[str, str],
    policy: Policy,
    as_of: date,
    *,
    tiers: Mapping[str, str],
    today: date | None = None,
) -> list[Entry]:
    """Return who enters by the night of `as_of`: into each playbook, and there by learner, in order.

    `signals` are the open enrolments; `stages_before` and `stages_now` what `stages` said of the night before and says
    of this one; `birthdays` learners' MM-DD (29 February is kept on the 28th of common years); `tiers` the learners'
    tiers, regular where not known. `today` is the local day on which they enter, the one after `as_of` if not given.
    Where nobody had a stage before, the first night only notes the stages: those who were there long ago do not enter.
    """
    today = today or as_of + timedelta(days=1)
    seen = signals
    if "days_in" not in signals.column_names:
        seen = signals.append_column("days_in", pa.array(days_since_start(signals, as_of)))
    courses = _courses(seen)
    found: list[Entry] = []
    for name, playbook in policy.playbooks.items():
        enter = playbook.enter
        entry = ""
        named: Mapping[str, str] = {}
        if not playbook.enabled:
            continue
        if enter.stage:
            entry = f"stage:{enter.stage}:{as_of.isoformat()}"
            named = {one: courses.get(one, "") for one in _reached(enter.stage, stages_before, stages_now)}
        elif enter.birthday:
            entry = f"birthday:{today.year}"
            named = {one: courses.get(one, "") for one, day in birthdays.items() if _falls_on(day, today)}
        elif enter.when:
            entry = f"segment:{as_of.isoformat()}"
            named = _segment(name, playbook, seen, policy, tiers)
        found.extend(_entries(name, playbook, named, entry, tiers, as_of))
    return found


def entries_of_events(
    events: Sequence[Event], policy: Policy, tiers: Mapping[str, str], *, zone: tzinfo
) -> list[Entry]:
    """Return who enters by `events`, in their order. What was brought in of the past (backfill) lets nobody enter.

    `zone` is the tenant's, in which the day of each entry is counted.
    """
    return [entry for event in events if not event.backfill for entry in _entries_of(event, policy, tiers, zone)]


def _entries_of(event: Event, policy: Policy, tiers: Mapping[str, str], zone: tzinfo) -> Iterator[Entry]:
    tier = tiers.get(event.learner, "regular")
    for name, playbook in policy.playbooks.items():
        if playbook.enabled and playbook.enter.event == event.verb and tier in playbook.enter.tiers:
            before = playbook.enter.minutes_before
            begins = begins_at(event.time, event.value) if before is not None else None
            yield Entry(
                learner=event.learner,
                course=event.course,
                playbook=name,
                entry=f"event:{event.verb}:{natural_id(event.event_id)}",
                tier=tier,
                exempt=exempt_event(event, tier, policy),
                as_of=event.time.astimezone(zone).date(),
                start=begins - timedelta(minutes=before) if begins and before is not None else None,
                until=begins,
            )


def _entries(
    name: str, playbook: PlaybookPolicy, named: Mapping[str, str], entry: str, tiers: Mapping[str, str], as_of: date
) -> Iterator[Entry]:
    for learner, course in sorted(named.items()):
        tier = tiers.get(learner, "regular")
        if tier in playbook.enter.tiers:
            yield Entry(learner=learner, course=course, playbook=name, entry=entry, tier=tier, as_of=as_of)


def _reached(stage: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield those who changed into `stage`."""
    if not before:
        return
    for learner, reached in now.items():
        if reached == stage and before.get(learner) != stage and (learner in before or stage in BEGINNINGS):
            yield learner


def _falls_on(birthday: str, today: date) -> bool:
    if birthday == "02-29" and not isleap(today.year):
        birthday = "02-28"
    return birthday == today.strftime("%m-%d")


def _segment(
    name: str, playbook: PlaybookPolicy, signals: pa.Table, policy: Policy, tiers: Mapping[str, str]
) -> dict[str, str]:
    """Return the learners who fit a segment with the course in which they do, the first by name of several."""
    learners = signals["learner"].to_pylist()
    core = np.fromiter((tiers.get(one) == "core" for one in learners), dtype=np.bool_, count=len(learners))
    rule = RulePolicy(id=name, category="login", when=playbook.enter.when, tiers=playbook.enter.tiers)
    fits = np.flatnonzero(evaluate(signals, [rule], policy.tiers, core).fired[:, 0])
    pairs = zip(
        (learners[place] for place in fits), signals["course"].take(pa.array(fits)).to_pylist(), strict=True
    )  # fmt: skip
    return dict(sorted(pairs, reverse=True))


def _courses(signals: pa.Table) -> dict[str, str]:
    """Return each learner's course in which they learned last, the first by name of several."""
    absent = absent_days(signals, numbers(signals, "days_in"))
    rows = zip(signals["learner"].to_pylist(), (-absent).tolist(), signals["course"].to_pylist(), strict=True)
    latest: dict[str, tuple[float, str]] = {}
    for learner, recent, course in rows:
        known = latest.get(learner)
        if known is None or recent > known[0] or (recent == known[0] and course < known[1]):
            latest[learner] = (recent, course)
    return {learner: course for learner, (_, course) in latest.items()}
