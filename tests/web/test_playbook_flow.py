"""The drawn journey: every step once, no box over another, ways that lead where the policy says."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycourse.desk.playbooks import END, ways_of
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME
from staycourse.web.flow import TEXT_WIDTH, WIDTH, Arrow, Box, Flow, drawn
from staycourse.web.lettering import wrapped

POLICY = load_policy("", signals=SIGNALS_BY_NAME)


def picture(name: str) -> Flow:
    steps = POLICY.playbooks[name].steps
    ways = list(ways_of(steps))
    ends = [Box(END, "end", ("End",))] if any(way.target == END for way in ways) else []
    return drawn(
        [*(Box(step.id, "send", wrapped(step.id, TEXT_WIDTH)) for step in steps), *ends],
        [Arrow(way.source, way.target, way.kind, way.kind) for way in ways],
    )


def apart(flow: Flow) -> bool:
    return not any(
        abs(one.x - other.x) < WIDTH and one.y < other.y + other.height and other.y < one.y + one.height
        for one, other in combinations(flow.boxes, 2)
    )


@pytest.mark.parametrize("name", sorted(POLICY.playbooks))
def test_each_shipped_journey_is_drawn_whole(name: str) -> None:
    flow = picture(name)
    steps = POLICY.playbooks[name].steps
    assert [one.box.id for one in flow.boxes if one.box.id != END] == [step.id for step in steps]
    assert len(flow.arrows) == len(list(ways_of(steps)))
    assert apart(flow)
    assert all(one.x >= 0 and one.x + one.width <= flow.width and one.y + one.height <= flow.height
               for one in flow.boxes)  # fmt: skip


def test_a_fork_leads_both_ways_and_a_wait_without_a_way_of_its_own_leads_one_way() -> None:
    kinds = {(way.source, way.target): way.kind for way in ways_of(POLICY.playbooks["friendly_question"].steps)}
    assert kinds["core", "call"] == "yes"
    assert kinds["core", "finish"] == "no"
    assert kinds["four_days", "unhappy"] == "event"
    assert kinds["four_days", "core"] == "time_out"
    assert [way.kind for way in ways_of(POLICY.playbooks["habit"].steps)] == ["next", "next"]
    assert [way.target for way in ways_of(POLICY.playbooks["habit"].steps)] == ["rhythm", END]


def test_a_step_stands_below_all_that_lead_to_it() -> None:
    flow = picture("friendly_question")
    top = {one.box.id: one.y for one in flow.boxes}
    for way in ways_of(POLICY.playbooks["friendly_question"].steps):
        assert top[way.source] < top[way.target]


@settings(max_examples=60)
@given(st.integers(1, 14).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=24))
))  # fmt: skip
def test_any_graph_is_drawn_without_boxes_over_each_other(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, ways = graph
    flow = drawn(
        [Box(str(number), "send", ("x",)) for number in range(count)],
        [Arrow(str(source), str(target)) for source, target in ways],
    )
    assert len(flow.boxes) == count
    assert len(flow.arrows) == len(ways)
    assert apart(flow)


def test_long_texts_are_wrapped_and_cut() -> None:
    assert wrapped("a short one", TEXT_WIDTH) == ("a short one",)
    lines = wrapped("word " * 60, TEXT_WIDTH)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert wrapped("x" * 500, TEXT_WIDTH)[0].endswith("…")
    assert len(wrapped("这是一个很长的步骤名称需要换行显示才行", TEXT_WIDTH)) == 2
