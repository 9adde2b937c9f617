"""No price by risk (PIPL, article 24): the campaign's stated rule decides on a coupon, and nothing that care knows.

Twins are made who differ only in what care knows of them; whatever the campaign, they are given the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from inspect import signature
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from staycourse.adapters.store import Database, Store, insert_new, schema
from staycourse.adapters.store.care import FactBook
from staycourse.adapters.store.care.budgets import grant
from staycourse.care import qualifies
from staycourse.events import Learner
from staycourse.policy import CampaignPolicy, Policy, load_policy
from staycourse.signals import CATALOGUE, SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
KNOWN_TO_CARE = {signal.name for signal in CATALOGUE} | {
    "risk", "learner_risk", "tier", "cause", "alert", "priority", "value", "stage", "arm", "score", "reasons", "rules",
    "segment", "absent_days", "signal", "playbook",
}  # fmt: skip

campaigns = st.builds(
    CampaignPolicy,
    title=st.just({"en": "x", "zh_CN": "x"}),
    opens=st.sampled_from(["2026-01-01", "2026-04-01"]), closes=st.sampled_from(["2026-02-01", "2026-12-31"]),
    code=st.just("SPRING"), currency=st.just("EUR"),
    countries=st.sampled_from([(), ("DE",), ("CN",)]), courses=st.sampled_from([(), ("maths",)]),
    paid_at_least_minor=st.sampled_from([0, 5_000]), tenure_days=st.sampled_from([0, 100]),
)  # fmt: skip
learners = st.fixed_dictionaries({
    "country": st.sampled_from([None, "DE", "CN"]), "currency": st.sampled_from([None, "EUR"]),
    "paid_minor": st.sampled_from([None, 0, 9_000]),
    "joined_on": st.sampled_from([None, date(2024, 1, 1), date(2026, 3, 1)]),
})  # fmt: skip


@dataclass(frozen=True)
class Secret:
    """What care knows of one twin."""

    risk: float
    tier: str
    cause: str
    signal: float
    stage: str
    alert: bool


secrets = st.builds(
    Secret, risk=st.floats(0, 1), tier=st.sampled_from(["core", "regular"]),
    cause=st.sampled_from(["too_hard", "no_time", "price"]), signal=st.floats(0, 400),
    stage=st.sampled_from(["paying", "dormant", "churned"]), alert=st.booleans(),
)  # fmt: skip


def policy_with(campaign: CampaignPolicy) -> Policy:
    policy = load_policy("", signals=SIGNALS_BY_NAME, version=1)
    return msgspec.structs.replace(policy, campaigns={"spring": campaign})


def told_of(database: Database, learner: str, known: dict[str, Any], secret: Secret) -> None:
    """Keep the learner and everything that care knows of them."""
    Store(database).put_learners("main", [Learner(learner=learner, **known)])
    book = FactBook(database)
    book.note("main", [(learner, f"signal:{one.name}", secret.signal, "") for one in CATALOGUE[:5]], NOW)
    book.note("main", [(learner, "attribute:tier", None, secret.tier)], NOW)
    alert: dict[str, Any] = {
        "tenant": "main", "alert": f"a-{learner}", "learner": learner, "course": "maths", "cause": secret.cause,
        "tier": secret.tier, "trigger": "risk", "state": "open" if secret.alert else "closed", "risk": secret.risk,
        "priority": secret.risk, "suggestion": "x", "rules": [], "reasons": [], "opened": NOW, "as_of": NOW.date(),
        "due": NOW, "seen_on": NOW.date(), "policy_version": 1, "horizon_days": 14,
    }  # fmt: skip
    stage = {"tenant": "main", "learner": learner, "stage": secret.stage, "since": NOW.date()}
    with database.writing() as connection:
        insert_new(connection, schema.alerts, [alert])
        insert_new(connection, schema.stages, [stage])


def granted(database: Database, policy: Policy, learner: str) -> str:
    message = {
        "tenant": "main", "key": f"1:2:{learner}", "learner": learner, "course": "maths", "playbook": "p",
        "purpose": "marketing", "template": "t", "details": {"campaign": "spring"}, "state": "pending", "due": NOW,
        "created": NOW,
    }  # fmt: skip
    with database.writing() as connection:
        insert_new(connection, schema.messages, [message])
        here = (schema.messages.c.tenant == "main") & (schema.messages.c.key == f"1:2:{learner}")
        [row] = connection.execute(select(schema.messages).where(here)).mappings().all()
        return grant(connection, "main", row, policy, *_when())


def _when() -> tuple[Any, ...]:
    """Return what `grant` wants to know of the time, whichever way it asks."""
    wanted = list(signature(grant).parameters)[4:]
    return tuple({"now": NOW, "month": "2026-03", "today": NOW.date()}[name] for name in wanted)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(campaign=campaigns, known=learners, one=secrets, other=secrets, turn=st.uuids())
def test_twins_are_given_the_same(
    database: Database, campaign: CampaignPolicy, known: dict[str, Any], one: Secret, other: Secret, turn: object
) -> None:
    Store(database).ensure_tenant("main", "UTC", NOW)
    policy = policy_with(campaign)
    answers = []
    for name, secret in (("a", one), ("b", other)):
        told_of(database, f"{turn}{name}", known, secret)
        answers.append(granted(database, policy, f"{turn}{name}"))
    assert answers[0] == answers[1]
    right = qualifies(Learner(learner="x", **known), "maths", campaign, NOW.date())
    assert (answers[0] == "") is right, "and the answer is the campaign's own"


def test_the_rule_is_asked_nothing_that_care_knows() -> None:
    assert list(signature(qualifies).parameters) == ["learner", "course", "campaign", "today"]
    for record in (CampaignPolicy, Learner):
        fields = {field.name for field in msgspec.structs.fields(record)}
        assert fields.isdisjoint(KNOWN_TO_CARE), f"{record.__name__} must not know what care knows"


@pytest.mark.parametrize("field", ["risk", "minimum_risk", "tiers", "causes", "signals", "when", "stage"])
def test_no_campaign_can_be_written_by_risk(field: str) -> None:
    text = f"""
    [campaigns.spring]
    title = {{ en = "Spring", zh_CN = "春" }}
    percent_off = 20
    opens = "2026-01-01"
    closes = "2026-12-31"
    code = "SPRING"
    {field} = 1
    """
    from staycourse.kernel import BadPolicy

    with pytest.raises(BadPolicy, match=field):
        load_policy(text, signals=SIGNALS_BY_NAME)
