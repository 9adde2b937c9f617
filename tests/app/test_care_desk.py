"""The console's pages of care on a real home: what people do is done, and written down with who did it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from staycourse.app.care import Care
from staycourse.app.desks import care_desk
from staycourse.app.homes import open_home
from staycourse.care import Alert, AlertPlan, Draw, Entry
from staycourse.care.messages import Template
from staycourse.desk import AlertFilter, CareDesk, DeliveryFilter, TaskFilter
from staycourse.events import Course, Learner
from staycourse.kernel import BadInput, FixedClock, Settings

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TENANT = "main"
PLAYBOOK = """
[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "hello", do = "send", template = "friendly_question" },
  { id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 4 },
  { id = "wait", do = "wait", days = 3 },
]
"""


@pytest.fixture
def care(tmp_path: Path) -> Iterator[Care]:
    settings = Settings(
        home=tmp_path, tenant=TENANT, zone="Asia/Shanghai", clock=FixedClock(NOW), threads=1, memory_gigabytes=1,
        public_url="https://learn.example",
    )  # fmt: skip
    with open_home(settings, writing=False) as home:
        home.store.add_policy(TENANT, PLAYBOOK, "", NOW)
        home.store.put_learners(TENANT, [Learner(learner="l1", name="安娜", language="zh-CN", birth_year=2015)])
        made = Care(home)
        policy = home.policy(TENANT)
        made.install(TENANT, policy)
        alert = Alert(
            alert="a1", learner="l1", course="c1", cause="too_hard", tier="core", trigger="rule", state="open",
            risk=0.4, priority=0.4, suggestion="tutoring", rules=(), reasons=(), opened=NOW, as_of=date(2026, 3, 1),
            due=NOW, seen_on=date(2026, 3, 1), policy_version=1, horizon_days=14,
        )  # fmt: skip
        made.alerts.follow(TENANT, AlertPlan(opened=(alert, replace(alert, alert="a2", learner="l2"))), NOW)
        entry = Entry("l1", "c1", "help", "alert:a1", "core", alert="a1", cause="too_hard")
        made.journeys.enter(TENANT, [(entry, Draw("l1", "help", "core", "treated", 0.1))], policy, NOW)
        made.journeys.advance(TENANT, NOW)
        made.tasks.open_asked(TENANT, policy, "2026-03")
        yield made


def _alert(learner: str, alert: str) -> Alert:
    return Alert(
        alert=alert, learner=learner, course="c1", cause="too_hard", tier="core", trigger="rule", state="open",
        risk=0.4, priority=0.4, suggestion="tutoring", rules=(), reasons=(), opened=NOW, as_of=date(2026, 3, 1),
        due=NOW, seen_on=date(2026, 3, 1), policy_version=1, horizon_days=14,
    )  # fmt: skip


@pytest.fixture
def desk(care: Care) -> CareDesk:
    return care_desk(care)


def _written(care: Care) -> list[tuple[str, str, str]]:
    return [(line["actor"], line["action"], line["learner"]) for line in reversed(care.audit.read(TENANT))]


def test_acts_on_an_alert_are_done_and_written_down(care: Care, desk: CareDesk) -> None:
    assert desk.alerts
    desk.alerts.act(TENANT, "a1", "take", "Li", NOW, None)
    desk.alerts.act(TENANT, "a1", "snooze", "Li", NOW, NOW + timedelta(days=3))
    desk.alerts.note(TENANT, "a1", "Li", "called", NOW)
    desk.alerts.act(TENANT, "a1", "done", "Li", NOW, None)
    with pytest.raises(BadInput):
        desk.alerts.act(TENANT, "a1", "take", "Wu", NOW, None)
    acts = ("alert.take", "alert.snooze", "alert.note", "alert.done")
    assert _written(care) == [("Li", act, "l1") for act in acts]
    story = desk.alerts.alert(TENANT, "a1")
    assert (story.line.alert.closed_by, story.line.owner, story.notes[0].text) == ("person", "Li", "called")
    assert [line.alert.alert for line in desk.alerts.alerts(TENANT, AlertFilter(), NOW).rows] == ["a2"]
    assert set(desk.alerts.standing(TENANT, ["l1", "l2"])) == {("l2", "too_hard")}


def test_a_task_is_finished_with_the_reason_that_was_told(care: Care, desk: CareDesk) -> None:
    assert desk.advisors
    queue = desk.advisors.tasks(TENANT, TaskFilter(), NOW)
    assert (queue.minutes_used, queue.minutes_bound) == (15, 6000)
    task = queue.rows[0].task
    story = desk.advisors.task(TENANT, task, NOW)
    assert (story.minor, story.alert is not None, story.learner.name) == (True, True, "安娜")
    for told in ("", "no_such_cause"):
        with pytest.raises(BadInput, match="reason"):
            desk.advisors.act(TENANT, task, "finish", "Li", NOW, outcome="reason_told", told=told)
    with pytest.raises(BadInput, match="outcome"):
        desk.advisors.act(TENANT, task, "finish", "Li", NOW, outcome="", told="")
    desk.advisors.act(TENANT, task, "claim", "Li", NOW)
    with pytest.raises(BadInput, match="already"):
        desk.advisors.act(TENANT, task, "claim", "Wu", NOW)
    desk.advisors.act(TENANT, task, "finish", "Li", NOW, outcome="reason_told", told="price")
    assert desk.advisors.task(TENANT, task, NOW).line.told == "price"
    assert [action for _, action, _ in _written(care)] == ["task.claim", "task.finish"]


def test_who_looks_at_a_learner_is_written_down_once_in_a_while(care: Care, desk: CareDesk) -> None:
    assert desk.people
    for who, minutes in (("Li", 0), ("Li", 9), ("Wu", 9), ("Li", 11)):
        found = desk.people.learner_care(TENANT, "l1", who, NOW + timedelta(minutes=minutes))
    assert _written(care) == [("Li", "seen", "l1"), ("Wu", "seen", "l1"), ("Li", "seen", "l1")]
    assert (len(found.alerts), len(found.journeys), len(found.messages), len(found.tasks)) == (1, 1, 1, 1)
    assert found.channels == ("inbox", "file")


def test_unsubscribing_from_everything_ends_the_journey_and_drops_what_waits(care: Care, desk: CareDesk) -> None:
    assert desk.people
    desk.people.consent(TENANT, "l1", "inbox", "marketing", True, "Li", NOW)
    desk.people.consent(TENANT, "l1", "*", "*", False, "Li", NOW + timedelta(seconds=1))
    found = desk.people.learner_care(TENANT, "l1", "Li", NOW)
    assert [(one.channel, one.granted) for one in found.consents] == [("*", False), ("inbox", True)]
    assert [(one.state, one.reason) for one in found.journeys] == [("left", "unsubscribe")]
    assert [(one.state, one.reason) for one in found.messages] == [("dropped", "unsubscribe")]
    for channel, purpose in (("pigeon", "*"), ("*", "gossip")):
        with pytest.raises(BadInput):
            desk.people.consent(TENANT, "l1", channel, purpose, False, "Li", NOW)


def test_a_message_is_shown_in_the_learners_language_without_links_that_act(care: Care, desk: CareDesk) -> None:
    assert desk.deliveries
    key = desk.deliveries.messages(TENANT, DeliveryFilter(), NOW).rows[0].key
    story = desk.deliveries.message(TENANT, key)
    assert (story.language, story.fault) == ("zh-CN", "")
    assert "安娜" in story.text
    assert "https://learn.example/l/…" in story.text
    assert not [word for word in story.text.split() if "/l/" in word and not word.endswith("/l/…")]


def test_a_preview_is_what_would_be_sent_and_not_a_sample(care: Care, desk: CareDesk) -> None:
    assert desk.templates
    child = Learner(learner="l9", name="Anna", language="en", guardian="mum@x.example")
    care.home.store.put_learners(TENANT, [child])
    care.home.store.put_courses(TENANT, [Course(course="c1", title="Algebra")])
    care.alerts.follow(TENANT, AlertPlan(opened=(_alert("l9", "a9"),)), NOW)
    asked = Template(
        "friendly_question", "en", "{{ course_title }}",
        "{{ guardian_greeting }}\n\n{% if summary %}{{ summary }}{% endif %}{{ link }}",
        "{{ course_title }} {{ link }}",
    )  # fmt: skip
    preview = desk.templates.preview(TENANT, asked, "l9")
    assert (preview.fault, preview.subject, preview.sample) == ("", "Algebra", False)
    assert "mum@x.example" not in preview.text and "Lessons this week" not in preview.text
    nobody = desk.templates.preview(TENANT, asked, "")
    assert nobody.sample and "Everyday English" in nobody.subject and "Lessons this week" not in nobody.text
    story = desk.templates.template(TENANT, "friendly_question")
    assert story.given is not None and "summary" not in story.given and "course_title" in story.given
    assert desk.templates.template(TENANT, "receipt_of_no_step").given is None


def test_channels_say_how_they_are_and_a_test_is_written_down(care: Care, desk: CareDesk) -> None:
    assert desk.deliveries
    assert {line.name: line.state for line in desk.deliveries.channels(TENANT)} == {"inbox": "ok", "file": "ok"}
    desk.deliveries.test(TENANT, "inbox", "l1", "en", "Li", NOW)
    assert _written(care) == [("Li", "channel.test", "")]


def test_a_template_is_shown_for_a_learner_and_saved_by_version(care: Care, desk: CareDesk) -> None:
    assert desk.templates
    story = desk.templates.template(TENANT, "friendly_question")
    assert (story.line.own, "help" in dict(story.line.playbooks)) == (False, True)
    preview = desk.templates.preview(TENANT, story.wording["zh-CN"], "l1")
    assert "安娜" in preview.text
    assert "Everyday" not in preview.text
    wrong = replace(story.wording["en"], text="Hello\n{{ nope }}")
    found = desk.templates.preview(TENANT, wrong, "")
    assert (found.part, found.line) == ("text", 2)
    assert "nope" in found.fault
    with pytest.raises(BadInput):
        desk.templates.save(TENANT, wrong, "Li", NOW)
    changed = replace(story.wording["en"], subject="How is it going?")
    assert desk.templates.save(TENANT, changed, "Li", NOW) == 1
    story = desk.templates.template(TENANT, "friendly_question")
    assert (story.line.own, story.wording["en"], story.versions[0].author) == (True, changed, "Li")
    assert _written(care) == [("Li", "template.save", "")]
    assert desk.templates.template(TENANT, "new_one").wording["en"] == Template("new_one", "en", "", "", "")
    with pytest.raises(BadInput):
        desk.templates.template(TENANT, "../etc")
