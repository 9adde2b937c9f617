"""Who counts as gone is told as such: on Today, on the learner's page and on the way to the policy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import ask
from plain import AS_OF, PlainDesk

from staycourse.desk import LearnerStory, TodayFilter
from staycourse.kernel import words_of
from staycourse.web.console.learner import learner_view
from staycourse.web.console.today import today_view

EN = words_of("en")


class GoneDesk(PlainDesk):
    """Every risk of a learner is of somebody who has been silent for long."""

    def learner(self, tenant: str, learner: str, before: object = None) -> LearnerStory:
        story = super().learner(tenant, learner, None)
        return replace(
            story,
            enrolments=tuple(
                replace(enrolment, now=replace(enrolment.now, gone=True, suggestion="") if enrolment.now else None)
                for enrolment in story.enrolments
            ),
        )


@pytest.mark.parametrize("state", ["full", "clear", "cold"])
def test_today_says_who_is_not_listed(state: str) -> None:
    page = ask("/", desk=PlainDesk(state)).text
    assert "silent for more than 14 days counts as gone" in page and 'href="/churn"' in page


def test_today_says_nothing_of_a_horizon_before_the_first_night() -> None:
    today = PlainDesk("not_run").today("main", TodayFilter())
    assert today_view(today, TodayFilter(), None, EN).gone == ""


def test_a_learner_who_counts_as_gone_is_told_as_such_and_nothing_is_suggested() -> None:
    page = ask("/learners/S10001", desk=GoneDesk()).text
    assert "counts as gone, so no alert is opened" in page and "next-box" not in page
    assert "counts as gone" not in ask("/learners/S10001").text


def test_what_gone_means_does_not_depend_on_the_enrolment() -> None:
    views = learner_view(GoneDesk().learner("main", "S1"), None, EN, AS_OF).enrolments
    assert {view.now.gone for view in views if view.now} == {True}


def test_the_churn_definition_leads_to_where_the_horizon_is_changed() -> None:
    page = ask("/churn").text
    assert 'href="/policy/edit"' in page and "policy file" not in page


def test_a_search_that_finds_nobody_in_need_of_care_leads_to_the_learner_of_that_id() -> None:
    page = ask("/?search=zzz%2F<b>").text
    assert 'href="/learners/zzz%2F%3Cb%3E"' in page and "Open the page of zzz/&lt;b&gt;" in page
    assert "Open the page" not in ask("/?cause=nothing").text
