"""Views: how numbers, days, reasons and charts are put into words."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from plain import AS_OF, COLD, TRAINED, PlainDesk, risk
from plain_care import alert_line

from staycourse.desk import LiveNow, Reason, TimelineEntry, TodayFilter, reason_text, signal_value
from staycourse.kernel import words_of
from staycourse.web.charts import LONGEST_ACTIVITY, activity_chart, every_day, risk_chart
from staycourse.web.console.churn import churn_view, share_at
from staycourse.web.console.learner import learner_view
from staycourse.web.console.reasons import (
    basis_view,
    day_there,
    due_text,
    reason_pushes,
    risk_view,
    value_text,
)
from staycourse.web.console.timeline import _about, amount_text
from staycourse.web.console.today import today_view

EN, ZH = words_of("en"), words_of("zh-CN")


def test_numbers_and_days_are_written_as_the_language_writes_them() -> None:
    assert EN.day(AS_OF) == "21 Mar 2014"
    assert ZH.day(AS_OF) == "2014年3月21日"
    assert EN.number(12_345.678, 1) == "12,345.7"
    assert EN.percent(0.1234, 1) == "12.3%"
    assert EN.percent(-0.0001) == "0%"
    assert EN.signed(-0.5) == "−0.50"
    assert EN.signed(0.5) == "+0.50"
    assert ZH.money(499_900, "CNY") == "¥4,999.00"
    assert EN.money(1, "???") == ""
    for unknown in (math.nan, math.inf):
        assert EN.number(unknown) == EN.percent(unknown) == EN.signed(unknown) == "–"


@pytest.mark.parametrize(
    ("probability", "level"),
    [
        (0.0, "low"),
        (0.149, "low"),
        (0.15, "some"),
        (0.35, "high"),
        (0.6, "very_high"),
        (1.0, "very_high"),
        (math.nan, "low"),
    ],
)
def test_a_risk_is_named_by_its_size(probability: float, level: str) -> None:
    assert risk_view(probability, EN).level == level


def test_a_reason_without_value_or_words_is_still_named() -> None:
    assert reason_text(Reason("no_such_signal", "login", 1.0, 2.0), EN) == "no such signal"
    assert "None" not in reason_text(Reason("days_absent", "login", 1.0, None), EN)


@pytest.mark.parametrize(
    ("signal", "value", "said"),
    [("interactions_change_7d", -0.754, "-75%"), ("days_absent", 9.0, "9"), ("submission_rate_60d", 0.333, "33%")],
)
def test_a_signals_value_is_written_in_its_unit(signal: str, value: float, said: str) -> None:
    assert signal_value(Reason(signal, "login", 1.0, value), EN) == said


def test_contributions_keep_their_exact_amount_and_their_proportion() -> None:
    strong, weak = reason_pushes((Reason("a", "login", 0.8, 1.0), Reason("b", "login", -0.2, 1.0)), EN)
    assert (strong.amount, strong.length, strong.odds) == ("+0.80", 100.0, "odds × 2.23")
    assert (weak.amount, weak.length) == ("−0.20", -25.0)
    assert reason_pushes((), EN) == ()
    assert reason_pushes((Reason("a", "login", 0.0, 1.0),), EN)[0].length == 0.0


def test_value_is_the_amount_paid_or_else_the_rank() -> None:
    assert value_text(risk(1), EN) == "paid CN¥4,989.00"
    assert value_text(replace(risk(0), value=0.96), EN) == "value in the top 4%"
    assert value_text(replace(risk(0), value=1.0), EN) == "value in the top 1%"
    assert value_text(replace(risk(0), value=0.2), EN) == "value above 20% of learners"


@pytest.mark.parametrize(
    ("hours", "said"), [(None, ""), (1, "within 1 hour"), (48, "within 48 hours"), (72, "within 3 days")]
)
def test_due(hours: int | None, said: str) -> None:
    assert due_text(hours, EN) == said


def test_the_basis_says_whether_it_was_learned() -> None:
    trained = basis_view(TRAINED, EN)
    assert trained.trained
    assert "AUC 0.75" in trained.line
    assert ("Calibration error (ECE)", "0.7%") in trained.facts
    cold = basis_view(COLD, EN)
    assert not cold.trained
    assert "14 days" in cold.line
    learned = basis_view(replace(COLD, kind="scorecard_learned"), EN)
    assert not learned.trained
    assert learned.line != cold.line


def test_the_choice_in_force_stays_even_when_it_holds_nobody() -> None:
    asked = TodayFilter(cause="gone")
    view = today_view(PlainDesk().today("main", asked), asked, None, EN)
    chosen = [choice for choice in view.causes if choice.chosen]
    assert [(choice.value, choice.count, choice.address) for choice in chosen] == [("gone", "0", "/")]


def test_the_change_since_the_run_before() -> None:
    today = PlainDesk().today("main", TodayFilter())
    said = {
        before: today_view(replace(today, previous_found=before), TodayFilter(), None, EN).change
        for before in (61, 62, 60)
    }
    assert said == {
        61: "as many as on 20 Mar 2014",
        62: "1 fewer than on 20 Mar 2014",
        60: "1 more than on 20 Mar 2014",
    }
    assert today_view(replace(today, previous_found=None), TodayFilter(), None, EN).change == ""
    assert today_view(today, TodayFilter(search="a"), None, EN).change == ""


def test_nothing_is_suggested_for_who_is_held_out() -> None:
    today = PlainDesk().today("main", TodayFilter())
    first, second = today.rows[:2]
    lines = {
        (row.learner, row.cause): replace(alert_line(0), settled=settled)
        for row, settled in ((first, "held_out"), (second, ""))
    }
    rows = today_view(today, TodayFilter(), None, EN, lines).rows
    assert (rows[0].suggestion, rows[0].due) == ("", "")
    assert rows[1].suggestion and rows[1].due
    for row, told in ((first, False), (second, True)):
        (view, *_) = learner_view(PlainDesk().learner("main", row.learner), None, EN, AS_OF, lines).enrolments
        assert view.now is not None and (bool(view.now.suggestion), bool(view.now.due)) == (told, told)


def test_a_teacher_is_led_to_no_alert_of_another_course_but_sees_who_is_left_alone() -> None:
    today = PlainDesk().today("main", TodayFilter())
    row = today.rows[0]
    line = replace(alert_line(0), settled="held_out", alert=replace(alert_line(0).alert, course="other"))
    asked = TodayFilter(within=(row.course,))
    (shown, *_) = today_view(today, asked, None, EN, {(row.learner, row.cause): line}).rows
    assert (shown.suggestion, shown.alert) == ("", None)


def test_days_without_activity_are_shown_as_nothing() -> None:
    start = date(2014, 3, 1)
    days = every_day([(start, 3), (start + timedelta(days=2), 1)], start + timedelta(days=4))
    assert [count for _, count in days] == [3, 0, 1, 0, 0]
    assert every_day([], start) == []
    assert len(every_day([(date(1990, 1, 1), 1), (start, 1)], None)) == LONGEST_ACTIVITY


def test_a_chart_and_its_table_say_the_same() -> None:
    chart = activity_chart(EN, "a", [(date(2014, 3, 1), 3), (date(2014, 3, 3), 1)], None)
    assert chart.option["series"][0]["data"] == [3, 0, 1]
    assert chart.table.rows == (("3 Mar 2014", "1"), ("1 Mar 2014", "3"))
    assert chart.summary == "active on 2 of 3 days"


def test_runs_stand_at_their_true_distance() -> None:
    chart = risk_chart(EN, "r", [(date(2014, 3, 8), 0.5), (date(2014, 3, 5), 0.254), (date(2014, 3, 6), 0.3)])
    assert chart.option["series"][0]["data"] == [25.4, 30.0, None, 50.0]
    assert chart.summary == "50% on 8 Mar 2014, the last of 3 runs"


@pytest.mark.parametrize(
    ("verb", "count", "value", "said"),
    [
        ("video_watched", 3, 1_860, "31 minutes"),
        ("session_ended", 1, 5, "1 minute"),
        ("quiz_failed", 2, 8_300, "score 41.5%"),
        ("assignment_submitted", 1, 2_900, "2 days late"),
        ("assignment_submitted", 1, -1_440, "1 day early"),
        ("assignment_submitted", 1, -5, "on time"),
        ("assignment_submitted", 1, 5, "late the same day"),
        ("content_viewed", 2, 37, "37 clicks"),
        ("rated", 2, 500, "2.5 of 5 stars"),
        ("round_trip_sampled", 2, 300, "150 ms"),
        ("class_quality_sampled", 1, 1_250, "12.5%"),
        ("assignment_missed", 1, 2_800, "counts for 28% of the mark"),
        ("assignment_graded", 2, 13_500, "score 67.5%"),
        ("lesson_progressed", 1, 4_000, "40% done"),
        ("paid", 1, 9_900, "CN¥99.00"),
        ("quiz_answered", 5, 3, "3 right"),
        ("survey_answered", 2, 9, "answer 4.5 of 10"),
        ("enrolled", 1, 2, "2 earlier attempts"),
        ("logged_in", 1, None, ""),
        ("logged_in", 1, 7, ""),
        ("of_the_future", 1, 7, ""),
    ],
)
def test_an_amount_is_said_in_its_unit(verb: str, count: int, value: int | None, said: str) -> None:
    noon = datetime(2014, 3, 1, 12, tzinfo=UTC)
    entry = TimelineEntry(noon.date(), "", verb, count, value, noon, noon, "")
    assert amount_text(entry, "CNY", EN) == said


def test_a_message_of_ours_is_called_by_its_name_in_the_timeline() -> None:
    now = datetime(2014, 3, 1, 9, tzinfo=UTC)
    entries = [
        TimelineEntry(now.date(), "", verb, 1, None, now, now, "welcome_again")
        for verb in ("contact_sent", "content_viewed")
    ]
    assert [_about(entry, ZH) for entry in entries] == ["欢迎回来", "welcome_again"]


def test_the_timeline_is_told_by_days_without_made_up_hours() -> None:
    view = learner_view(PlainDesk().learner("main", "S1"), None, EN, AS_OF)
    days = [day.iso for day in view.timeline.days]
    assert days == sorted(days, reverse=True)
    entries = [entry for day in view.timeline.days for entry in day.entries]
    assert {entry.times for entry in entries if entry.verb == "Viewed content"} == {""}
    assert {entry.times for entry in entries if entry.verb == "Watched a video"} == {"09:12–11:12"}
    assert view.timeline.more == "/timelines/S1?before=2014-02-27"


def test_churn_says_the_share_at_the_horizon_in_force() -> None:
    definition = PlainDesk().churn_definition("main")
    view = churn_view(definition, "ENG-1", EN)
    assert view.differs
    assert view.chosen.startswith("商务英语")
    assert view.in_force.startswith("Of the silences that reached 14 days, 23%")
    assert view.chart is not None
    assert len(view.chart.option["series"]) == 2
    assert [row[0] for row in view.chart.table.rows][:3] == ["1 day", "2 days", "3 days"]
    assert share_at(replace(definition.overall, points=()), 7) is None
    assert churn_view(replace(definition, overall=replace(definition.overall, points=())), "", EN).chart is None


def test_today_says_the_risk_of_just_now_by_the_tenants_own_day() -> None:
    """By the day of UTC a live risk was not shown from midnight to morning in Shanghai."""
    zone = ZoneInfo("Asia/Shanghai")
    at = datetime(2026, 3, 3, 1, 30, tzinfo=zone)
    today = PlainDesk().today("main", TodayFilter())
    live = replace(today, rows=tuple(replace(row, live=LiveNow(0.61, at)) for row in today.rows))
    there = day_there(at.astimezone(UTC) + timedelta(minutes=5), [None, *(row.live for row in live.rows)])
    assert there == date(2026, 3, 3)
    rows = today_view(live, TodayFilter(), None, EN, present=there).rows
    assert {row.live for row in rows} == {"Now: risk 61% as of 01:30, with what happened today"}
    assert {row.live for row in today_view(live, TodayFilter(), None, EN, present=date(2026, 3, 4)).rows} == {""}
    assert {row.live for row in today_view(today, TodayFilter(), None, EN, present=there).rows} == {""}
