"""Of more lessons than fit, every engine draws the same ones, by a lot that hangs on nothing but their own keys."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinds import ONE_OF_EACH, engine_at
from small_school import FIRST, Lake, courses, day

from staycourse.adapters.engines import sql_engine as module
from staycourse.kernel import EPOCH
from staycourse.risk import Frame, training_frames
from staycourse.risk.lessons import gather
from staycourse.signals import Lots, SignalEngine, bounds, lots, shares

HORIZON = 7
DAYS = [day(FIRST + number) for number in (25, 40)]
KNOWN_BY = day(FIRST + 40 + HORIZON)
MOST = 9
Row = tuple[date, str, str]


def _lessons(engine: SignalEngine, drawn: Lots | None) -> dict[Row, dict[str, object]]:
    told = engine.lessons(
        "school", DAYS, courses(), horizon_days=HORIZON, label="withdrawal", known_by=KNOWN_BY, lots=drawn
    )
    return {(as_of, row["learner"], row["course"]): row for as_of, table in told for row in table.to_pylist()}


def _lot(row: Row) -> str:
    (told,) = lots([row[1]], [row[2]], (row[0] - EPOCH).days)
    return told


def test_every_engine_gives_the_same_lessons(
    sweeping: SignalEngine, rolled_up: Lake, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every, drawn = _lessons(engine_at("duckdb", rolled_up, ONE_OF_EACH), None), Lots(MOST)
    assert len(every) > 2 * MOST
    found = _lessons(sweeping, drawn)
    kept = {row for row in every if _lot(row) < drawn.bound}
    assert set(found) == kept and 0 < len(kept) <= MOST
    assert sum(_lot(row) < bounds()[drawn.halved - 1] for row in every) > MOST  # no more are left out than must be
    assert found == {row: every[row] | {"lot": _lot(row)} for row in kept}
    if kind != "spark":  # it plans a statement in seconds
        monkeypatch.setattr(module, "chunks", lambda days, rows: [[one] for one in days])
        apart = Lots(MOST)
        told = _lessons(sweeping, apart)
        assert apart.halved == drawn.halved
        assert {row for row in told if _lot(row) < apart.bound} == kept


def test_what_is_learned_from_are_the_lowest_lots(sweeping: SignalEngine, kind: str) -> None:
    if kind == "spark":
        pytest.skip("the same lessons, as told above")

    def frames(most: int) -> list[Frame]:
        return list(
            training_frames(
                sweeping, "school", courses(), known_by=KNOWN_BY, horizon_days=HORIZON, label="withdrawal",
                every_days=15, history_days=40, rows_at_most=most,
            )
        )  # fmt: skip

    names = tuple(signal.name for signal in ONE_OF_EACH)
    whole, few = frames(10**6), frames(MOST)
    every = [lot for frame in whole if frame.lot is not None for lot in frame.lot]
    assert len(every) == sum(len(frame.outcome) for frame in whole)
    share = few[-1].share
    assert 1.0 == whole[-1].share > share
    learned = gather(few, names)
    assert 0 < len(learned.outcome) == sum(lot < share for lot in every) <= MOST
    told = gather([Frame(frame.as_of, frame.signals, frame.outcome) for frame in whole], names, rows_at_most=MOST)
    np.testing.assert_array_equal(told.matrix, learned.matrix)


def test_nobodys_signals_are_not_computed(sweeping: SignalEngine, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "spark":
        pytest.skip("the same sweep, as told above")

    def asked(_session: object) -> None:
        raise AssertionError("no enrolment was open")

    monkeypatch.setattr(sweeping, "_answer", asked)
    before, drawn = day(FIRST - 20), Lots(MOST)
    told = sweeping.lessons(
        "school", [before], courses(), horizon_days=HORIZON, label="withdrawal", known_by=KNOWN_BY, lots=drawn
    )
    assert (list(told), drawn.share) == ([], 1.0)


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=40), max_size=6), st.integers(1, 60))
def test_the_share_hangs_on_the_lots_alone_not_on_how_they_come(parts: list[list[int]], most: int) -> None:
    texts = [[f"{number:08x}{number:024x}" for number in part] for part in parts]
    everything = [text for part in texts for text in part]

    def counts(part: list[str]) -> list[int]:
        return [sum(text < bound for text in part) for bound in bounds()]

    one, many = Lots(most), Lots(most)
    one.take_in(counts(everything))
    for part in texts:
        many.take_in(counts(part))
    assert one.share == many.share
    kept = [text for text in everything if text < one.bound]
    assert len(kept) <= most or one.halved == len(bounds()) - 1
    assert [bool(share < one.share) for share in shares(everything)] == [text < one.bound for text in everything]
