"""Playbooks into nodes: every step once, leading only to steps that are there, in microseconds."""

from __future__ import annotations

import pytest

from staycourse.care import MESSAGE_KINDS, Node, nodes_of
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME

HOUR = 3_600_000_000
TEXT = """
[care]
channels = ["email", "inbox"]
[care.quiet_hours]
stale_hours = 12
[care.links]
home = "https://example.org"
[campaigns.spring]
title = { en = "Spring", zh_CN = "春季" }
percent_off = 10
opens = "2026-03-03"
closes = "2026-03-31"
code = "SPRING"
[playbooks.way]
title = { en = "Way", zh_CN = "路" }
enter = { causes = ["too_hard"] }
priority = 70
steps = [
  { id = "hello", do = "send", template = "tutoring_offer", link = "home" },
  { id = "rest", do = "wait", days = 2, hours = 3, until = "home_viewed", then = "gift" },
  { id = "fork", do = "branch", on = "signal", name = "days_absent", op = ">=", at = 3, within_days = 2, \
yes = "call", no = "out" },
  { id = "gift", do = "offer", template = "coupon_offer", campaign = "spring", channels = ["sms"], next = "out" },
  { id = "call", do = "task", script = "too_hard", minutes = 20, within_hours = 4 },
  { id = "ask", do = "survey", template = "survey", question = "how" },
  { id = "hook", do = "webhook", channel = "crm" },
  { id = "out", do = "end" },
]
[playbooks.off]
title = { en = "Off", zh_CN = "停" }
enter = { causes = ["too_hard"] }
enabled = false
steps = [{ id = "one", do = "wait", days = 1 }]
"""


@pytest.fixture(scope="module")
def way() -> dict[str, Node]:
    return {node.step: node for node in nodes_of(load_policy(TEXT, signals=SIGNALS_BY_NAME)) if node.playbook == "way"}


def test_steps_lead_to_the_next_unless_they_say_otherwise(way: dict[str, Node]) -> None:
    assert [(node.step, node.next) for node in way.values()] == [
        ("hello", "rest"), ("rest", "fork"), ("fork", "gift"), ("gift", "out"), ("call", "ask"), ("ask", "hook"),
        ("hook", "out"), ("out", ""),
    ]  # fmt: skip
    assert [node.step for node in way.values() if node.first] == ["hello"]


def test_a_wait_counts_its_days_and_hours_and_says_where_its_event_leads(way: dict[str, Node]) -> None:
    assert (way["rest"].delay, way["rest"].awaits, way["rest"].event) == (51 * HOUR, "home_viewed", "gift")


def test_a_fork_asks_one_fact_of_a_bounded_age(way: dict[str, Node]) -> None:
    fork = way["fork"]
    assert (fork.fact, fork.op, fork.number, fork.within) == ("signal:days_absent", ">=", 3, 48 * HOUR)
    assert (fork.yes, fork.no, fork.delay) == ("call", "out", 0)


def test_messages_carry_what_fills_them(way: dict[str, Node]) -> None:
    assert {step for step, node in way.items() if node.kind in MESSAGE_KINDS} == {"hello", "gift", "ask", "hook"}
    assert way["hello"].details == {"channels": ["email", "inbox"], "link": "https://example.org"}
    assert way["gift"].details == {"channels": ["sms"], "campaign": "spring"}
    assert way["ask"].details == {"channels": ["email", "inbox"], "question": "how"}
    assert (way["hook"].details, way["hook"].template) == ({"channels": ["crm"]}, "")


def test_a_task_states_its_script_its_minutes_and_when_it_is_due(way: dict[str, Node]) -> None:
    call = way["call"]
    assert (call.words, call.number, call.within) == ("too_hard", 20, 4 * HOUR)


@pytest.mark.parametrize(("stated", "stale"), [("12", 12 * HOUR), ("1", HOUR), ('"never"', None)])
def test_a_message_grows_stale_after_the_hours_stated_or_never(stated: str, stale: int | None) -> None:
    policy = load_policy(TEXT.replace("stale_hours = 12", f"stale_hours = {stated}"), signals=SIGNALS_BY_NAME)
    assert {node.stale for node in nodes_of(policy)} == {stale}


@pytest.mark.parametrize("scene", ["", "k12", "vocational", "language", "interest"])
def test_every_node_of_what_ships_leads_somewhere(scene: str) -> None:
    policy = load_policy(f'scene = "{scene}"\n' if scene else "", signals=SIGNALS_BY_NAME)
    nodes = list(nodes_of(policy))
    steps = {(node.playbook, node.step) for node in nodes}
    assert len(steps) == len(nodes)
    assert {node.playbook for node in nodes} == {name for name, book in policy.playbooks.items() if book.enabled}
    for node in nodes:
        targets = {node.next, node.event, node.yes, node.no} - {""}
        assert all((node.playbook, target) in steps for target in targets), node
        assert node.delay >= 0
