"""The advisors' desk: the queue, one task with its script, and what an advisor may do."""

from __future__ import annotations

import re

import pytest
from asking import ask
from plain import HOSTILE
from plain_care import ZONE, PlainAdvisors

from staycourse.desk import CareDesk, TaskFilter
from staycourse.kernel import LANGUAGES, translator
from staycourse.policy import TaskStep, default_policy_text, load_policy
from staycourse.signals import SIGNALS_BY_NAME
from staycourse.web.console.advisors import SCRIPT_PARTS


def care(advisors: PlainAdvisors | None = None) -> CareDesk:
    return CareDesk(zone=ZONE, advisors=advisors or PlainAdvisors())


def test_the_queue_shows_what_to_talk_about_when_it_is_due_and_the_months_minutes() -> None:
    page = ask("/desk", care=care()).text
    for said in (
        "30 tasks in the queue", "2 overdue", "14 hours overdue", "due in 7 hours", "Price and value",
        "made by the operator", "Advisor minutes this month: 5,700 of 6,000", 'class="bar bar-very_high"', "Claim",
    ):  # fmt: skip
        assert said in page, said
    assert "2 项已逾期" in ask("/desk", headers={"cookie": "staycourse_language=zh-CN"}, care=care()).text
    assert "without a bound" in ask("/desk", care=care(PlainAdvisors(bound="unlimited"))).text
    assert "5,700 of 0" in ask("/desk", care=care(PlainAdvisors(bound=0))).text


def test_withheld_tasks_say_why_and_finished_ones_how() -> None:
    page = ask("/desk?state=withheld", care=care()).text
    assert "the month&#39;s advisor minutes are used up" in page
    assert "did not reach that far" in page
    assert "2 overdue" not in page, "they are none of these"
    assert "Told the reason; No time" in ask("/desk?state=done", care=care()).text
    assert "Give back" in ask("/desk?state=claimed", care=care()).text


def test_a_task_whose_journey_was_left_is_closed_and_says_why() -> None:
    page = ask("/desk?state=dropped", care=care()).text
    for said in ("30 tasks closed", "Nobody needs to call any more", "the learner came back", ">Closed<"):
        assert said in page, said
    for action in ("claim", "release", "finish"):
        assert f'value="{action}"' not in page
        assert f'value="{action}"' not in ask("/desk/3:dropped", care=care()).text
    assert "学员已恢复学习" in ask("/desk?state=dropped", headers={"accept-language": "zh-CN"}, care=care()).text


def test_who_has_claimed_a_task_whose_journey_was_left_is_told_so() -> None:
    assert "the learner replied" in ask("/desk?state=claimed", care=care()).text
    page = ask("/desk/2:claimed", care=care()).text
    assert "Nobody needs to call any more: the learner replied." in page
    assert 'value="finish"' in page
    assert "Nobody needs to call" not in ask("/desk/3:claimed", care=care()).text


def test_what_was_asked_goes_to_the_desk() -> None:
    advisors = PlainAdvisors()
    assert (
        ask("/desk?state=claimed&owner=operator&search=%20wang%20&overdue=1&page=2", care=care(advisors)).status_code
        == 200
    )
    assert advisors.asked == [TaskFilter("claimed", "operator", "wang", True, 2)]


@pytest.mark.parametrize(
    ("state", "path", "said"),
    [
        ("nothing", "/desk", "staycourse tick"),
        ("clear", "/desk", "The queue is empty"),
        ("full", "/desk?search=zzz", "No task matches"),
        ("full", "/desk?page=99", "Nothing on this page"),
    ],
)
def test_an_empty_queue_says_what_to_do(state: str, path: str, said: str) -> None:
    assert said in ask(path, care=care(PlainAdvisors(state))).text


def test_one_task_shows_its_script_and_the_learners_history() -> None:
    page = ask("/desk/2:x:1", care=care()).text
    for said in (
        "Something went wrong for them", "Open with", "Never say", "A coupon in place of an answer",
        "+86 138 0000 0000", "a device, by push", "20:30", "Friendly question", "Nobody there.",
        "It began with an alert",
    ):  # fmt: skip
        assert said in page, said
    assert "gone@example.test" not in page
    assert "push.example" not in page
    assert "Nobody has written a script" in ask("/desk/5:x:1", care=care()).text
    assert 'value="finish"' not in ask("/desk/3:done", care=care()).text


def test_for_a_minor_the_guardians_script_comes_first() -> None:
    page = ask("/desk/0:x:1", care=care(PlainAdvisors(minor=True))).text.partition("<main")[2]
    assert page.index("Talking with a guardian") < page.index("The material is too hard")
    assert "A minor: talk to the guardian." in page


@pytest.mark.parametrize(
    ("form", "done"),
    [
        ({"action": "claim"}, ("2:x:1", "claim", "operator", "", "")),
        ({"action": "release"}, ("2:x:1", "release", "operator", "", "")),
        (
            {"action": "finish", "outcome": "reason_told", "told": "price"},
            ("2:x:1", "finish", "operator", "reason_told", "price"),
        ),
    ],
)
def test_an_act_is_done_and_said(form: dict[str, str], done: tuple[str, ...]) -> None:
    advisors = PlainAdvisors()
    answer = ask("/desk/2:x:1", method="POST", data=form | {"back": "/desk?page=2"}, care=care(advisors))
    assert advisors.done == [done]
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?page=2")
    assert f"task.{form['action']};" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("path", "form", "notice"),
    [
        ("/desk/2:done", {"action": "claim"}, "task.stop"),
        ("/desk/2:x:1", {"action": "finish", "outcome": "reason_told"}, "task.told.stop"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_is_said(path: str, form: dict[str, str], notice: str) -> None:
    advisors = PlainAdvisors()
    answer = ask(path, method="POST", data=form | {"back": "/desk"}, care=care(advisors))
    assert answer.headers["location"] == path
    assert f"staycourse_notice={notice};" in answer.headers["set-cookie"]
    assert advisors.done == []
    page = ask(path, headers={"cookie": f"staycourse_notice={notice}"}, care=care()).text
    assert 'class="flash flash-stop"' in page


def test_unknown_tasks_acts_and_states_are_refused() -> None:
    assert ask("/desk/nobody", care=care()).status_code == 404
    assert ask("/desk/2:x:1", method="POST", data={"action": "explode"}, care=care()).status_code == 422
    assert ask("/desk?state=asleep", care=care()).status_code == 422
    assert ask("/desk").status_code == 404


def test_a_note_is_kept() -> None:
    advisors = PlainAdvisors()
    ask("/desk/2:x:1/notes", method="POST", data={"text": "called"}, care=care(advisors))
    assert advisors.done == [("2:x:1", "note", "operator", "called")]


@pytest.mark.parametrize("path", ["/desk", "/desk?state=claimed", "/desk/1:x:1", "/desk/1:claimed"])
def test_hostile_text_is_escaped(path: str) -> None:
    page = ask(path, care=care()).text
    assert "<script>alert" not in page
    assert HOSTILE not in page
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)


def test_every_script_of_the_default_playbooks_is_written_in_both_languages() -> None:
    policy = load_policy(default_policy_text(), signals=set(SIGNALS_BY_NAME))
    steps = [step for playbook in policy.playbooks.values() for step in playbook.steps]
    names = {step.script for step in steps if isinstance(step, TaskStep)} | {"guardian"}
    for language in LANGUAGES:
        known = translator(language)
        for name in names:
            for part in ("name", *SCRIPT_PARTS):
                assert known.has(f"script.{name}.{part}"), (language, name, part)
            assert known.text(f"script.{name}.ask").count("\n") >= 2
