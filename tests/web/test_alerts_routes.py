"""The pages of the alerts: what is asked, what is shown of each, what a person may do, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from asking import ask
from plain import HOSTILE, NOW
from plain_care import ZONE, PlainAlerts, alert_line

from staycourse.desk import AlertFilter, CareDesk

OPEN, TAKEN, ENDED = (f"{place:032x}" for place in (0, 2, 5))


def care(alerts: PlainAlerts | None = None) -> CareDesk:
    return CareDesk(zone=ZONE, alerts=alerts or PlainAlerts())


def test_without_care_there_is_no_page_and_no_way_to_it() -> None:
    assert ask("/alerts").status_code == 404
    assert 'href="/alerts"' not in ask("/").text
    assert 'href="/alerts" aria-current="page"' in ask("/alerts", care=care()).text


def test_the_list_shows_cause_reasons_answer_due_and_state() -> None:
    page = ask("/alerts", care=care()).text
    for said in (
        "10 alerts wait for an answer", "2 overdue", "15 hours overdue", "due in 5 hours", "92%",
        "Playbook: A friendly question", "no playbook answers this cause", "Too hard", "Absent for days",
    ):  # fmt: skip
        assert said in page, said
    assert "Ended" in page
    assert "By an event" in ask("/alerts?state=taken", care=care()).text
    assert "made by the operator" in ask("/alerts?state=ended", care=care()).text


def test_who_was_reached_and_who_is_left_alone_stand_apart_and_are_never_late() -> None:
    waiting = ask("/alerts", care=care()).text
    assert "drawn into the hold-out" not in waiting
    answered, held = (ask(f"/alerts?state={state}", care=care()).text for state in ("answered", "held_out"))
    assert "2 answered alerts: a message was sent, or a person has a task" in answered
    assert "1 alert to be left alone: an answer would spoil the comparison" in held
    assert "Nothing is sent: drawn into the hold-out of all care" in held
    assert 'class="next-step"' not in held and 'class="next-step"' in waiting
    for page in (answered, held):
        assert "2 overdue" not in page, "they are none of these"
        assert 'class="late">' not in page.split('id="care"')[1].split("<ol")[-1]
        assert "due in" not in page
    for place, tag, due in ((16, "Open", True), (8, "Answered", False), (9, "Held out", False)):
        head = ask(f"/alerts/{alert_line(place).alert.alert}", care=care()).text.split('id="what"')[0]
        assert (tag in head, "due in" in head) == (True, due)


@pytest.mark.parametrize(
    ("state", "english", "chinese"),
    [("", "Who waits for an answer", "等待回应的学员"), ("held_out", "Held out: to be left alone", "对照组：请勿联系"),
     ("answered", "Answered alerts", "已应答的提醒"), ("ended", "Alerts that have ended", "已结束的提醒")],
)  # fmt: skip
def test_the_heading_says_whom_the_list_shows(state: str, english: str, chinese: str) -> None:
    for language, said in (("en", english), ("zh-CN", chinese)):
        cookie = {"cookie": f"staycourse_language={language}"}
        assert f"<h1>{said}</h1>" in ask(f"/alerts?state={state}", headers=cookie, care=care()).text


def test_an_alert_says_why_its_playbook_was_chosen() -> None:
    for language, said in (("en", "Chosen by what has worked."), ("zh-CN", "按实际效果选择。")):
        cookie = {"cookie": f"staycourse_language={language}"}
        assert said in ask(f"/alerts/{alert_line(0).alert.alert}", headers=cookie, care=care()).text


def test_ended_ones_say_how_they_ended_and_what_came_of_it() -> None:
    page = ask("/alerts?state=ended", care=care()).text
    for said in ("The learner came back", "The risk went away", "Answered by a person", "The enrolment is over"):
        assert said in page
    assert "Outcome: left all the same, 5 days ahead" in page
    assert "Judged once the horizon has passed" in page
    assert 'name="action"' not in page


def test_the_filters_are_asked_of_the_desk_and_kept_by_the_pager() -> None:
    alerts = PlainAlerts(count=199)
    address = "/alerts?state=open&tier=core&cause=alone&owner=-&course=ENG-1&search=%20wang%20&overdue=1&page=2"
    assert ask(address, care=care(alerts)).status_code == 200
    assert alerts.asked == [AlertFilter("open", "core", "alone", "-", "ENG-1", "wang", True, 2)]
    page = ask("/alerts?tier=regular&page=2", care=care(alerts)).text
    assert 'href="/alerts?tier=regular"' in page
    assert 'name="back" value="/alerts?tier=regular&amp;page=2"' in page


@pytest.mark.parametrize(
    ("state", "path", "said"),
    [
        ("nothing", "/alerts", "staycourse tick"),
        ("clear", "/alerts", "Nobody waits for an answer"),
        ("full", "/alerts?search=zzz", "Nobody matches"),
        ("full", "/alerts?page=900", "Nothing on this page"),
    ],
)
def test_an_empty_list_says_what_to_do(state: str, path: str, said: str) -> None:
    assert said in ask(path, care=care(PlainAlerts(state))).text


def test_one_alert_shows_where_it_came_from_and_what_was_begun() -> None:
    page = ask(f"/alerts/{OPEN}", care=care()).text
    for said in (
        "odds ×",
        "Opened by",
        "Stands at: waiting, due in 30 hours",
        "Ended: the learner came back",
        "Nobody there.",
    ):
        assert said in page, said
    assert "22 Mar 2014, 09:30" in page or "20 Mar 2014" in page
    assert "An event opened this alert" in ask(f"/alerts/{TAKEN}", care=care()).text
    assert "No journey and no task" in ask(f"/alerts/{4:032x}", care=care()).text


@pytest.mark.parametrize(
    ("action", "done", "until"),
    [
        ("take", "take", None),
        ("done", "done", None),
        ("release", "release", None),
        ("snooze:3", "snooze", NOW + timedelta(days=3)),
    ],
)
def test_an_act_is_done_in_the_name_of_who_acts_and_leads_back(action: str, done: str, until: object) -> None:
    alerts = PlainAlerts()
    headers = {"origin": "http://127.0.0.1:8765", "cookie": "staycourse_actor=%E7%8E%8B%E8%80%81%E5%B8%88"}
    form = {"action": action, "back": "/alerts?tier=core"}
    answer = ask(f"/alerts/{OPEN}", method="POST", data=form, headers=headers, care=care(alerts))
    assert alerts.done == [(OPEN, done, "王老师", until)]
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?tier=core")
    notice = answer.headers["set-cookie"].partition(";")[0]
    page = ask("/alerts", headers={"cookie": notice}, care=care(alerts))
    assert 'class="flash flash-done" role="status"' in page.text
    assert "staycourse_notice" in page.headers["set-cookie"]
    assert "Max-Age=0" in page.headers["set-cookie"]


def test_who_comes_second_is_told_so_and_nothing_else_happens() -> None:
    alerts = PlainAlerts()
    answer = ask(f"/alerts/{ENDED}", method="POST", data={"action": "take"}, care=care(alerts))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/alerts/{ENDED}")
    assert "alert.stop" in answer.headers["set-cookie"]
    assert alerts.done == []


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        (f"/alerts/{OPEN}", {"action": "explode"}, 422),
        (f"/alerts/{OPEN}", {}, 422),
        (f"/alerts/{OPEN}/notes", {"text": "  "}, 422),
        ("/alerts/nothing/notes", {"text": ""}, 422),
        ("/alerts", {"action": "take"}, 405),
    ],
)
def test_what_is_not_possible_is_refused(path: str, form: dict[str, str], status: int) -> None:
    assert ask(path, method="POST", data=form, care=care()).status_code == status


@pytest.mark.parametrize(
    "path", ["/alerts?state=asleep", "/alerts?page=0", "/alerts?overdue=maybe", f"/alerts?search={'x' * 300}"]
)
def test_what_cannot_be_asked_is_refused(path: str) -> None:
    assert ask(path, care=care()).status_code == 422


def test_unknown_alerts_are_not_found() -> None:
    assert ask("/alerts/no-such", care=care()).status_code == 404


def test_a_note_is_kept_in_the_name_of_who_acts() -> None:
    alerts = PlainAlerts()
    answer = ask(f"/alerts/{OPEN}/notes", method="POST", data={"text": HOSTILE}, care=care(alerts))
    assert answer.status_code == 303
    assert alerts.done == [(OPEN, "note", "operator", HOSTILE)]


def test_hostile_text_is_escaped_and_nothing_is_inline() -> None:
    paths = ("/alerts", f"/alerts/{1:032x}", f"/alerts?owner={quote(HOSTILE)}&search={quote(HOSTILE)}", "/")
    for path in paths:
        page = ask(path, care=care()).text
        assert "<script>alert" not in page
        assert " style=" not in page


def test_today_leads_to_the_alert_of_a_row() -> None:
    page = ask("/", care=care()).text
    line = alert_line(0)
    assert f'href="/alerts/{line.alert.alert}"' in page
    assert "Answer this alert" in page
    assert "/alerts/" not in ask("/").text


def test_in_chinese_every_word_is_there() -> None:
    page = ask("/alerts", headers={"cookie": "staycourse_language=zh-CN"}, care=care()).text
    for said in ("10 条提醒待处理", "方案：一句友好的问候", "已逾期 15 小时", "尚无人负责"):
        assert said in page, said
    snoozed = ask("/alerts?state=snoozed", headers={"cookie": "staycourse_language=zh-CN"}, care=care()).text
    assert "暂缓至 2014年3月25日 07:30" in snoozed
    assert "alerts." not in page.replace("/alerts", "")
