"""What came after an alert, against a plain definition; nothing that arrived later is used."""

from __future__ import annotations

import pyarrow as pa
from plain_definitions import Happening, Known
from small_school import COURSES, FIRST, day

from staycourse.signals import SignalEngine

HORIZON = 9
KNOWN_BY = FIRST + 52


def _asked(happenings: list[Happening]) -> list[tuple[str, str, int]]:
    pairs = sorted({(h.learner, h.course) for h in happenings if h.course})
    days = (FIRST + 8, FIRST + 27, FIRST + 40)
    rows = [(learner, course, asked) for learner, course in pairs for asked in days]
    return [*rows, *((learner, "", FIRST + 27) for learner, _ in pairs[:5]), ("nobody", "maths", FIRST + 8)]


def _plain(happenings: list[Happening], learner: str, course: str, asked: int) -> dict[str, object]:
    now, then = Known(happenings, KNOWN_BY, COURSES), Known(happenings, asked, COURSES)
    own, before = now.of(learner, course or None), then.of(learner, course or None)
    later = {
        name: [KNOWN_BY - age for age in own.ages(name) if KNOWN_BY - age > asked]
        for name in ("activity", "completions", "withdrawals", "payments")
    }
    within = [one for one in later["activity"] if one <= asked + HORIZON]
    silent = min(before.ages("activity"), default=None)
    if silent is None:
        silent = max(before.ages("enrolments"), default=None)
    returned = min([*later["activity"], *later["completions"]], default=None)
    withdrew, paid = min(later["withdrawals"], default=None), min(later["payments"], default=None)
    return {
        "learner": learner, "course": course, "as_of": day(asked), "horizon_days": HORIZON, "absent_days": silent,
        "returned_on": None if returned is None else day(returned),
        "last_learning_on": day(max(within)) if within else None,
        "withdrew_on": None if withdrew is None else day(withdrew), "paid_on": None if paid is None else day(paid),
    }  # fmt: skip


def _table(rows: list[tuple[str, str, int]]) -> pa.Table:
    learner, course, asked = zip(*rows, strict=True)
    return pa.table({
        "learner": pa.array(learner, pa.string()), "course": pa.array(course, pa.string()),
        "as_of": pa.array([day(one) for one in asked], pa.date32()),
        "horizon_days": pa.array([HORIZON] * len(rows), pa.int32()),
    })  # fmt: skip


def test_what_came_after_equals_the_plain_definition(engine: SignalEngine, chanced: list[Happening]) -> None:
    asked = _asked(chanced)
    found = engine.afterwards("school", _table(asked), known_by=day(KNOWN_BY)).to_pylist()
    assert found == [_plain(chanced, *row) for row in asked]
    for name in ("returned_on", "last_learning_on", "withdrew_on", "paid_on", "absent_days"):
        assert any(row[name] is not None for row in found)
        assert any(row[name] is None for row in found)


def test_nothing_is_asked_of_nobody(engine: SignalEngine) -> None:
    assert engine.afterwards("school", _table([("a", "b", 1)]).slice(1), known_by=day(KNOWN_BY)).num_rows == 0


def test_an_empty_home_knows_of_no_return(platform) -> None:  # type: ignore[no-untyped-def]
    (row,) = platform([]).afterwards("school", _table([("a", "b", 1)]), known_by=day(KNOWN_BY)).to_pylist()
    assert (row["returned_on"], row["absent_days"]) == (None, None)
