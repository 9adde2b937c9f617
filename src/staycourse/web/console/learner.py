"""One learner as a view: what is known, and each enrolment's risk with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from staycourse.desk import (
    AlertLine,
    ClassQuality,
    EnrolmentRisk,
    EnrolmentStory,
    LearnerStory,
    course_reasons,
    own_reasons,
)
from staycourse.events import Learner
from staycourse.kernel import Words
from staycourse.web.addresses import learner_address
from staycourse.web.charts import Chart, Table, activity_chart, freeze_chart, risk_chart
from staycourse.web.console.reasons import (
    Push,
    RiskView,
    absent_text,
    category_pushes,
    is_trained,
    live_text,
    next_step,
    reason_pushes,
    risk_view,
    value_text,
)
from staycourse.web.console.timeline import TimelineView, timeline_view

STATES = ("open", "withdrawn", "completed", "ended")


@dataclass(frozen=True, slots=True)
class NowView:
    """The newest risk of one enrolment."""

    risk: RiskView
    day: str
    cause: str
    suggestion: str
    tier: str
    value: str
    due: str
    absent: str
    rules: tuple[str, ...]
    reasons: tuple[Push, ...]
    of_course: tuple[Push, ...]
    categories: tuple[Push, ...]
    trained: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """One enrolment."""

    id: str
    course: str
    title: str
    state: str
    state_word: str
    enrolled: str
    span: str
    now: NowView | None
    live: str
    risk: Chart | None
    activity: Chart | None


@dataclass(frozen=True, slots=True)
class LearnerView:
    """The learner's page."""

    learner: str
    name: str
    address: str
    facts: tuple[tuple[str, str], ...]
    consent: bool | None
    overall: RiskView | None
    enrolments: tuple[EnrolmentView, ...]
    timeline: TimelineView
    before: str
    quality: Table | None
    freeze: Chart | None


def learner_view(
    story: LearnerStory,
    before: date | None,
    words: Words,
    today: date,
    alerts: Mapping[tuple[str, str], AlertLine] | None = None,
) -> LearnerView:
    """Return the view of a story; `before` is where its timeline was asked to end, `today` the present day, `alerts`
    are those that stand, by learner and cause.
    """
    learner = story.learner
    freezes = [(sample.day, sample.freeze_share) for sample in story.quality if sample.freeze_share is not None]
    risks = [enrolment.now.learner_risk for enrolment in story.enrolments if enrolment.now]
    return LearnerView(
        learner=learner.learner,
        name=learner.name or learner.learner,
        address=learner_address(learner.learner),
        facts=_facts(learner, words, today),
        consent=learner.consent,
        overall=risk_view(min(risks), words) if risks else None,
        enrolments=tuple(
            _enrolment(place, enrolment, words, today, alerts or {})
            for place, enrolment in enumerate(story.enrolments, 1)
        ),
        timeline=timeline_view(story, words),
        before=words.day(before) if before else "",
        quality=_quality_table(story.quality, words) if story.quality else None,
        freeze=freeze_chart(words, "freeze", freezes) if freezes else None,
    )


def _facts(learner: Learner, words: Words, today: date) -> tuple[tuple[str, str], ...]:
    age = today.year - learner.birth_year if learner.birth_year else None
    country = words.locale.territories.get(learner.country or "", learner.country or "")
    language = words.locale.languages.get((learner.language or "").split("-")[0], learner.language or "")
    all_facts = (
        ("id", learner.learner if learner.name else ""),
        ("paid", words.money(learner.paid_minor, learner.currency)),
        ("joined", words.day(learner.joined_on) if learner.joined_on else ""),
        ("country", country),
        ("zone", learner.zone or ""),
        ("language", language),
        ("age", words.t("console.fact.age.years", n=age) if age is not None else ""),
        ("guardian", learner.guardian or ""),
    )
    return tuple((words.t(f"console.fact.{name}"), value) for name, value in all_facts if value)


def _enrolment(
    place: int, story: EnrolmentStory, words: Words, today: date, alerts: Mapping[tuple[str, str], AlertLine]
) -> EnrolmentView:
    course = story.course
    known = story.state in STATES
    until = story.now.as_of if story.now else None
    alert = alerts.get((story.now.learner, story.now.cause)) if story.now else None
    return EnrolmentView(
        id=f"enrolment-{place}",
        course=course.course,
        title=course.title or course.course,
        state=story.state if known else "",
        state_word=words.t(f"state.{story.state}") if known else story.state,
        enrolled=words.t("console.learner.enrolled", day=words.day(story.enrolled_on)) if story.enrolled_on else "",
        span=words.t("console.learner.span", start=words.day(course.starts_on), end=words.day(course.ends_on))
        if course.starts_on and course.ends_on
        else "",
        now=_now(story.now, alert, words) if story.now else None,
        live=live_text(story.live, words, today),
        risk=risk_chart(words, f"risk-{place}", story.history) if story.history else None,
        activity=activity_chart(words, f"activity-{place}", story.activity, until) if story.activity else None,
    )


def _now(risk: EnrolmentRisk, alert: AlertLine | None, words: Words) -> NowView:
    suggestion, due = next_step(risk, alert, words)
    return NowView(
        risk=risk_view(risk.risk, words),
        day=words.day(risk.as_of),
        cause=words.named("cause", risk.cause, "name") if risk.cause else "",
        suggestion=suggestion,
        tier=words.named("tier", risk.tier),
        value=value_text(risk, words),
        due=due,
        absent=absent_text(risk.absent_days, words),
        rules=tuple(words.named("rule", rule, "name") for rule in risk.rules),
        reasons=reason_pushes(own_reasons(risk.reasons), words),
        of_course=reason_pushes(course_reasons(risk.reasons), words),
        categories=category_pushes(risk.categories, words),
        trained=is_trained(risk.basis),
        gone=risk.gone,
    )


def _quality_table(samples: tuple[ClassQuality, ...], words: Words) -> Table:
    t = words.t
    columns = ("day", "course", "freeze", "round_trip", "loss", "rejoins")
    rows = tuple(
        (
            words.day(sample.day),
            sample.course,
            words.percent(sample.freeze_share, 1, aligned=True),
            "–" if sample.round_trip is None else t("console.unit.milliseconds", count=words.number(sample.round_trip)),
            words.percent(sample.loss_share, 1, aligned=True),
            words.number(sample.rejoins),
        )
        for sample in sorted(samples, key=lambda sample: sample.day, reverse=True)
    )
    return Table(t("console.quality.title"), tuple(t(f"console.column.{name}") for name in columns), rows)
