"""What is the same of everybody in a course is told once, and crowds out no reason of a learner's own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import ask
from plain import AS_OF, NOW, PlainDesk
from plain_care import alert_line

from staycourse.cli.inspect import _risk_row
from staycourse.desk import EnrolmentRisk, LearnerStory, Reason, Today, TodayFilter, course_sentences
from staycourse.kernel import translator, words_of
from staycourse.web.console.alerts import alert_view
from staycourse.web.console.learner import learner_view
from staycourse.web.console.today import today_view

EN = words_of("en")
LEFT = Reason("course_left_28d", "completion", 9.0, 0.054)
SENTENCE = "5% of those in the course left it in 28 days, the day of most aside"


def with_course(risk: EnrolmentRisk) -> EnrolmentRisk:
    """Return a risk of a course that many left."""
    return replace(risk, reasons=(LEFT, *risk.reasons))


class LeftDesk(PlainDesk):
    """Many left each course lately."""

    def today(self, tenant: str, asked: TodayFilter, as_of: object = None) -> Today:
        found = super().today(tenant, asked, None)
        return replace(found, rows=tuple(with_course(row) for row in found.rows))

    def learner(self, tenant: str, learner: str, before: object = None) -> LearnerStory:
        story = super().learner(tenant, learner, None)
        told = tuple(replace(one, now=with_course(one.now) if one.now else None) for one in story.enrolments)
        return replace(story, enrolments=told)


def test_today_tells_it_once_a_course_and_each_learner_by_their_own() -> None:
    plain, told = PlainDesk().today("main", TodayFilter()), LeftDesk().today("main", TodayFilter())
    view, before = today_view(told, TodayFilter(), None, EN), today_view(plain, TodayFilter(), None, EN)
    assert [(row.why, row.more) for row in view.rows] == [(row.why, row.more) for row in before.rows]
    assert before.of_courses == ()
    assert len(view.of_courses) == len({row.course for row in told.rows})
    assert f"AAA 2014J: {SENTENCE}" in view.of_courses
    page = ask("/", desk=LeftDesk()).text
    assert page.count(SENTENCE) == len(view.of_courses)
    assert "Said of everybody in the course" in page and "Said of everybody in the course" not in ask("/").text


def test_the_learners_page_tells_it_beside_their_own_reasons() -> None:
    own = learner_view(PlainDesk().learner("main", "S1"), None, EN, AS_OF).enrolments[0].now
    now = learner_view(LeftDesk().learner("main", "S1"), None, EN, AS_OF).enrolments[0].now
    assert own is not None and now is not None
    assert now.reasons == own.reasons and own.of_course == ()
    assert [(push.name, push.amount) for push in now.of_course] == [(SENTENCE, "+9.00")]
    page = ask("/learners/S10001", desk=LeftDesk()).text
    assert SENTENCE in page and "Said of everybody in the course" in page


@pytest.mark.parametrize("only", [False, True])
def test_an_alert_is_told_by_the_learners_own_reasons(only: bool) -> None:
    line = alert_line(0)
    left = {"signal": LEFT.signal, "category": LEFT.category, "contribution": 9.0, "value": 0.054}
    reasons = (left,) if only else (left, *line.alert.reasons)
    view = alert_view(replace(line, alert=replace(line.alert, reasons=reasons)), NOW, NOW.tzinfo, EN)  # type: ignore[arg-type]
    assert view.why == (() if only else alert_view(line, NOW, NOW.tzinfo, EN).why)  # type: ignore[arg-type]


def test_the_command_line_tells_what_a_course_has_in_common_below_the_table() -> None:
    say = translator("en")
    told = with_course(PlainDesk().today("main", TodayFilter()).rows[0])
    plain = PlainDesk().today("main", TodayFilter()).rows[0]
    assert _risk_row(say, told) == _risk_row(say, plain)
    assert course_sentences([told, told, plain], EN) == (f"{told.course_title}: {SENTENCE}",)


def test_a_course_is_named_by_its_id_without_a_title() -> None:
    told = replace(with_course(PlainDesk().today("main", TodayFilter()).rows[0]), course_title="")
    assert course_sentences([told], EN) == (f"{told.course}: {SENTENCE}",)
