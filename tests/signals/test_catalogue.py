"""The catalogue is complete and readable, and compiling it is pure."""

from __future__ import annotations

from string import Formatter

import ibis
import pytest
from ibis.expr import operations

from staycourse.events import COUNTERS_BY_NAME
from staycourse.kernel import LANGUAGES, translator
from staycourse.signals import (
    CATALOGUE,
    COURSE_COLUMNS,
    LEARNER_COLUMNS,
    ROLLUP_COLUMNS,
    SIGNALS_BY_NAME,
    SPANS,
    Rows,
    Signal,
    seen,
    signals_table,
)

CAUSES = {"", "too_hard", "not_gripping", "price", "no_time", "alone", "unhappy", "class_quality", "just_starting"}


def _expression() -> ibis.expr.types.Table:
    rollup = ibis.table(ROLLUP_COLUMNS, name="rollup")
    courses, learners = ibis.table(COURSE_COLUMNS, name="courses"), ibis.table(LEARNER_COLUMNS, name="learners")
    return signals_table(Rows(lambda days: seen(rollup, 20_000, days), SPANS), courses, learners)


def test_names_are_unique_and_every_category_has_signals() -> None:
    assert len(SIGNALS_BY_NAME) == len(CATALOGUE) >= 40
    assert {signal.category for signal in CATALOGUE} == {
        "login", "completion", "interaction", "payment", "feeling", "quality",
    }  # fmt: skip


@pytest.mark.parametrize("signal", CATALOGUE, ids=lambda signal: signal.name)
def test_each_signal_rests_on_counters_that_exist_and_names_a_known_cause(signal: Signal) -> None:
    assert {*signal.counters, *signal.over} <= COUNTERS_BY_NAME.keys()
    assert signal.cause in CAUSES
    assert not signal.of or SIGNALS_BY_NAME[signal.of].of == ""
    assert signal.unit


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("signal", CATALOGUE, ids=lambda signal: signal.name)
def test_each_signal_has_its_words_in_both_languages(signal: Signal, language: str) -> None:
    words = translator(language)
    for part in ("name", "explain", "reason"):
        assert words.has(f"signal.{signal.name}.{part}")
    reason = words.messages[f"signal.{signal.name}.reason"][0]
    fields = {field for _, field, _, _ in Formatter().parse(reason) if field is not None}
    assert fields == {"value"}


def test_the_catalogue_is_one_expression_and_compiling_it_twice_gives_the_same() -> None:
    first, second = _expression(), _expression()
    assert set(first.columns) >= {"learner", "course", "enrolled_age", "course_day", *SIGNALS_BY_NAME}
    assert first.equals(second)


def test_no_sum_is_taken_of_anything_but_whole_counters() -> None:
    """Sums of fractions depend on their order; sums of whole numbers below 2**53 do not."""
    for summed in _expression().op().find(operations.Sum):
        names = _fields(summed.arg)
        assert names <= {*ROLLUP_COLUMNS, "age", "equal"}, names


def _fields(value: operations.Node) -> set[str]:
    """Return the columns that a value is made of, without looking into the tables they come from."""
    if isinstance(value, operations.Field):
        return {value.name}
    parts = [part for part in value.__args__ if isinstance(part, operations.Value)]
    return set().union(*(_fields(part) for part in parts))
