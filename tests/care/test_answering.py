"""The answer to an alert: the hold-out of everything first, then the choice, then the playbook's own draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.care import EVERYTHING, Alert, Answer, answers, draw, options
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW, TODAY = datetime(2026, 3, 2, tzinfo=UTC), date(2026, 3, 1)
BOOKS = "".join(
    f"""
[playbooks.{name}]
title = {{ en = "x", zh_CN = "x" }}
enter = {{ causes = ["too_hard"], tiers = {tiers} }}
priority = {priority}
enabled = {enabled}
holdout_share = 0.3
steps = [{{ id = "wait", do = "wait", days = 3 }}]
"""
    for name, priority, tiers, enabled in (
        ("low", 10, '["core", "regular"]', "true"), ("high", 90, '["core", "regular"]', "true"),
        ("for_core", 95, '["core"]', "true"), ("off", 99, '["core", "regular"]', "false"),
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def policy() -> Policy:
    return with_share(0.2)


def with_share(share: float) -> Policy:
    shipped = load_policy("", signals=SIGNALS_BY_NAME)
    off = "".join(f"[playbooks.{name}]\nenabled = false\n" for name in shipped.playbooks)
    return load_policy(f"[care.holdout]\nshare = {share}\n{off}{BOOKS}", signals=SIGNALS_BY_NAME)


def alert(learner: str = "ann", cause: str = "too_hard", tier: str = "regular", event: str = "") -> Alert:
    return Alert(
        "a1", learner, "maths", cause, tier, "risk", "open", 0.5, 0.5, "tutoring_offer", (), (), NOW, TODAY, NOW,
        TODAY, 1, 14, event_id=event,
    )  # fmt: skip


def answered(
    one: Alert, policy: Policy, *, drawn: Mapping[str, str] | None = None, exempt: bool = False, take: int = 0
) -> Answer:
    def choose(_: Alert, fitting: Sequence[str]) -> tuple[str, str]:
        return fitting[take], "bandit"

    (found,) = answers([one], policy, choose, lambda *_: exempt, drawn or {})
    return found


def test_the_answers_are_the_enabled_ones_of_the_tier_the_first_choice_first(policy: Policy) -> None:
    assert options("too_hard", "regular", policy) == ("high", "low")
    assert options("too_hard", "core", policy) == ("for_core", "high", "low")
    assert options("price", "core", policy) == ()


def test_without_a_playbook_nothing_is_drawn(policy: Policy) -> None:
    one = alert(cause="price")
    assert answered(one, policy) == Answer(one, withheld="no_playbook")


def test_what_is_chosen_is_entered_and_its_own_draw_made(policy: Policy) -> None:
    one = alert()
    found = answered(one, policy, drawn={"ann": "treated"}, take=1)
    assert found.entry is not None and found.draw is not None
    assert (found.entry.playbook, found.entry.alert, found.entry.entry) == ("low", "a1", "alert:a1")
    own = draw("ann", "low", "regular", share=0.3, salt=policy.care.holdout.salt, exempt=False)
    assert found.draw == own


def test_a_second_event_of_one_alert_begins_anew(policy: Policy) -> None:
    first, second = (answered(alert(event=event), policy, drawn={"ann": "treated"}) for event in ("e1", "e2"))
    assert first.entry and second.entry
    assert first.entry.entry != second.entry.entry
    assert first.entry.entry.startswith("alert:a1:")


@given(st.text(min_size=1, max_size=20), st.sampled_from([0.0, 0.2, 1.0]), st.sampled_from(["", "treated", "held_out"]))
def test_the_first_draw_of_everything_holds_whatever_the_share_is_now(learner: str, share: float, before: str) -> None:
    policy = SHARES[share]
    found = answered(alert(learner), policy, drawn={learner: before} if before else {})
    assert found.whole is not None and found.whole.playbook == EVERYTHING
    held = (before or found.whole.arm) == "held_out"
    assert (found.withheld == "held_out") == held == (found.entry is None) == (found.draw is None)
    if not before and share in (0.0, 1.0):
        assert held == bool(share)


@given(st.text(min_size=1, max_size=20), st.sampled_from(["", "held_out"]))
def test_who_is_exempt_is_never_held_out_not_even_by_an_earlier_draw(learner: str, before: str) -> None:
    found = answered(alert(learner), SHARES[1.0], drawn={learner: before} if before else {}, exempt=True)
    assert found.entry is not None and found.entry.exempt
    assert found.draw is not None and found.draw.arm == "exempt"


def test_nobody_is_asked_to_choose_where_there_is_nothing_to_choose(policy: Policy) -> None:
    single = msgspec.structs.replace(policy, playbooks={"low": policy.playbooks["low"]})

    def refuse(*_: object) -> tuple[str, str]:
        raise AssertionError("there is one answer only")

    (found,) = answers([alert()], single, refuse, lambda *_: False, {"ann": "treated"})
    assert found.entry is not None and (found.entry.playbook, found.basis) == ("low", "only")


def test_why_a_playbook_was_chosen_is_told_with_the_answer(policy: Policy) -> None:
    assert answered(alert(), SHARES[0.0], take=1).basis == "bandit"
    assert answered(alert(), SHARES[1.0]).basis == ""


SHARES = {share: with_share(share) for share in (0.0, 0.2, 1.0)}
