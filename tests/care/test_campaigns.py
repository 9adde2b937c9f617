"""Who qualifies for a coupon: the campaign's stated rule, term by term, and what is not known does not fit."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.care import qualifies
from staycourse.events import Learner
from staycourse.policy import CampaignPolicy, Title

OPENS, CLOSES = date(2026, 3, 3), date(2026, 3, 31)
FOR_ALL = CampaignPolicy(
    title=Title(en="Spring", zh_CN="春季"), opens=OPENS.isoformat(), closes=CLOSES.isoformat(), code="SPRING"
)
STRICT = msgspec.structs.replace(
    FOR_ALL, countries=("DE", "CN"), courses=("maths",), paid_at_least_minor=5_000, currency="EUR", tenure_days=30
)
TODAY = date(2026, 3, 10)
FITTING = Learner(
    learner="ann", country="DE", currency="EUR", paid_minor=5_000, joined_on=TODAY - timedelta(days=30)
)  # fmt: skip


def test_whoever_fits_every_term_to_the_last_has_it() -> None:
    assert qualifies(FITTING, "maths", STRICT, TODAY)


@pytest.mark.parametrize(
    "change",
    [
        {"country": "FR"},
        {"country": None},
        {"paid_minor": 4_999},
        {"paid_minor": None},
        {"currency": "CNY"},
        {"currency": None},
        {"joined_on": TODAY - timedelta(days=29)},
        {"joined_on": None},
    ],
    ids=str,
)
def test_one_term_that_does_not_fit_or_is_not_known_is_enough(change: dict[str, object]) -> None:
    assert not qualifies(msgspec.structs.replace(FITTING, **change), "maths", STRICT, TODAY)


def test_of_another_course_is_of_no_use() -> None:
    assert not qualifies(FITTING, "physics", STRICT, TODAY)


@given(st.integers(-400, 400))
def test_a_campaign_is_open_on_its_first_and_last_day_and_between(days: int) -> None:
    today = OPENS + timedelta(days=days)
    assert qualifies(Learner(learner="nobody knows"), "any", FOR_ALL, today) == (OPENS <= today <= CLOSES)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_who_paid_more_never_loses_by_it(paid: int, more: int) -> None:
    asked = msgspec.structs.replace(FOR_ALL, paid_at_least_minor=5_000, currency="EUR")
    less, much = (msgspec.structs.replace(FITTING, paid_minor=amount) for amount in (paid, paid + more))
    assert qualifies(less, "any", asked, TODAY) <= qualifies(much, "any", asked, TODAY)
    assert qualifies(less, "any", asked, TODAY) == (paid >= 5_000)
