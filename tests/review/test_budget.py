"""The alert budget: who is let through, which thresholds fit, and a plain word where none does."""

from __future__ import annotations

import pyarrow as pa
import pytest
from fading_school import COURSES, School, day_of, opened
from hypothesis import given
from hypothesis import strategies as st

from staycourse.care import within_budget
from staycourse.kernel import BadPolicy
from staycourse.policy import load_policy
from staycourse.review import BudgetAsked, BudgetFit, fit_budget, past_of
from staycourse.review.intervals import share_interval
from staycourse.signals import SIGNALS_BY_NAME

TEXT = "[model]\nminimum_outcomes = 10\nrounds = 30\nas_of_every_days = 7\n"


def rows(triggers: list[str]) -> pa.Table:
    names = [f"l{place}" for place in range(len(triggers))]
    return pa.table({"learner": names, "cause": ["alone"] * len(names), "trigger": triggers})


@given(st.lists(st.sampled_from(["immediate", "rule", "risk"]), min_size=1, max_size=30), st.integers(0, 12))
def test_immediate_alerts_are_never_cut_and_the_rest_fills_the_room(triggers: list[str], per_day: int) -> None:
    kept = within_budget(rows(triggers), per_day)
    immediate = triggers.count("immediate")
    assert kept["trigger"].to_pylist().count("immediate") == immediate
    assert kept.num_rows == max(immediate, min(per_day, len(triggers)))
    others = [name for name, trigger in zip(kept["learner"].to_pylist(), kept["trigger"].to_pylist(), strict=True)
              if trigger != "immediate"]  # fmt: skip
    first = [f"l{place}" for place, trigger in enumerate(triggers) if trigger != "immediate"]
    assert others == first[: len(others)], "the most pressing go first"


def test_unlimited_nothing_and_what_is_open_already_differ() -> None:
    found = rows(["rule", "risk", "immediate"])
    assert within_budget(found, "unlimited").num_rows == 3
    assert within_budget(found, 0)["learner"].to_pylist() == ["l2"]
    assert within_budget(found, 0, already=[("l1", "alone")])["learner"].to_pylist() == ["l1", "l2"]


@pytest.mark.parametrize("value", ['""', "-1", '"many"', "1.5", "true"])
def test_a_budget_that_could_mean_anything_is_refused(value: str) -> None:
    with pytest.raises(BadPolicy, match=r"line 2.*budget_per_day"):
        load_policy(f"[alerts]\nbudget_per_day = {value}\n", signals=SIGNALS_BY_NAME)


def test_wilson_is_as_published() -> None:
    """Of 81 of 263 (Newcombe 1998, Stat. Med. 17, 857-872, table I): 0.2553 to 0.3662."""
    found = share_interval(81, 263)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    return opened(tmp_path_factory.mktemp("budget"))


def fitted(school: School, asked: BudgetAsked) -> BudgetFit:
    past = past_of(school.engine(), "t", COURSES, [], first=day_of(55), last=day_of(104), every_days=7, horizon_days=14)
    policy = load_policy(TEXT, signals=SIGNALS_BY_NAME)
    return fit_budget(past, policy, TEXT, asked, first=day_of(55), split=day_of(83))


def test_thresholds_keep_the_alerts_a_day(school: School) -> None:
    fit = fitted(school, BudgetAsked(1, 0.0))
    assert fit.verdict == "reached"
    assert fit.best.per_day <= 1
    written = load_policy(fit.text, signals=SIGNALS_BY_NAME)
    assert (written.alerts.budget_per_day, written.alerts.minimum_risk) == (1, fit.best.minimum_risk)
    assert all(week.kept for week in fit.shown.candidate.by_week)


def test_a_precision_that_no_threshold_reaches_is_said_plainly(school: School) -> None:
    fit = fitted(school, BudgetAsked("unlimited", 1.0))
    reached = [point.figures.precision for point in fit.points if point.figures.judged]
    if all(precision is None or precision.value < 1.0 for precision in reached):
        assert fit.verdict == "unreachable"
    else:
        assert fit.verdict in ("reached", "later")
