"""One learner as a view: what is known, each enrolment's risk and its reasons, what was done day by day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby

from staycourse.desk import ClassQuality, EnrolmentRisk, EnrolmentStory, LearnerStory, LiveNow, TimelineEntry
from staycourse.events import VERBS_BY_NAME, Learner
from staycourse.kernel import Words, one_or_many
from staycourse.web.addresses import learner_address, timeline_address
from staycourse.web.charts import Chart, Table, activity_chart, freeze_chart, risk_chart
from staycourse.web.console.reasons import (
    Push,
    RiskView,
    absent_text,
    category_pushes,
    due_text,
    is_trained,
    reason_pushes,
    risk_view,
    suggestion_text,
    value_text,
)

STATES = ("open", "withdrawn", "completed", "ended")
_DAY_ONLY = time(12)
"""An import that knows the day alone stamps its events at noon: such an hour says nothing and is not shown."""


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
class EntryView:
    """One verb of one day."""

    family: str
    verb: str
    family_word: str
    course: str
    count: str
    value: str
    object: str
    times: str


@dataclass(frozen=True, slots=True)
class DayView:
    """One day of the timeline."""

    day: str
    iso: str
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class TimelineView:
    """A part of the timeline; `more` loads the next older one, `more_page` is the same as a page of its own."""

    days: tuple[DayView, ...]
    more: str
    more_page: str


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


def learner_view(story: LearnerStory, before: date | None, words: Words, today: date) -> LearnerView:
    """Return the view of a story; `before` is where its timeline was asked to end, `today` the present day."""
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
            _enrolment(place, enrolment, words, today) for place, enrolment in enumerate(story.enrolments, 1)
        ),
        timeline=timeline_view(story, words),
        before=words.day(before) if before else "",
        quality=_quality_table(story.quality, words) if story.quality else None,
        freeze=freeze_chart(words, "freeze", freezes) if freezes else None,
    )


def timeline_view(story: LearnerStory, words: Words) -> TimelineView:
    """Return the timeline's days, newest first. A part holds whole days: the next one ends before its oldest."""
    titles = {enrolment.course.course: enrolment.course.title for enrolment in story.enrolments}
    currency = story.learner.currency
    ordered = sorted(story.timeline, key=lambda entry: (entry.day, entry.last), reverse=True)
    days = tuple(
        DayView(words.day(day), day.isoformat(), tuple(_entry(entry, titles, currency, words) for entry in entries))
        for day, entries in groupby(ordered, key=lambda entry: entry.day)
    )
    older = story.older and bool(ordered)
    return TimelineView(
        days,
        timeline_address(story.learner.learner, ordered[-1].day) if older else "",
        learner_address(story.learner.learner, ordered[-1].day) if older else "",
    )


def amount_text(entry: TimelineEntry, currency: str | None, words: Words) -> str:
    """Return the value of an entry in its verb's unit, in words; nothing where the number alone would mislead.

    An entry's value is the sum over its events. Seconds, clicks, amounts and right answers add up; of scores, shares,
    stars, milliseconds and lateness the mean is shown.
    """
    verb = VERBS_BY_NAME.get(entry.verb)
    if entry.value is None or verb is None or not verb.unit:
        return ""
    if verb.family == "money":
        return words.money(entry.value, currency)
    mean = entry.value / max(entry.count, 1)
    for unit, say in _UNITS:
        if unit in verb.unit:
            return say(entry.value, mean, words)
    return ""


def _lateness(_: int, minutes: float, words: Words) -> str:
    days = round(abs(minutes) / 1_440)
    if days == 0:
        return words.t("console.unit.on_time") if minutes <= 0 else words.t("console.unit.late_same_day")
    return words.t("console.unit.days_late" if minutes > 0 else "console.unit.days_early", n=days)


def _share(key: str) -> Say:
    """Return what says a share as what it is: a bare per cent could be a mark or a weight."""
    return lambda _, mean, words: words.t(f"console.unit.{key}", share=words.percent(mean / 10_000, 1))


Say = Callable[[int, float, Words], str]
_UNITS: tuple[tuple[str, Say], ...] = (
    ("minutes after", _lateness),
    ("hundredths of a star", lambda _, mean, words: words.t("console.unit.stars", stars=words.number(mean / 100, 1))),
    ("weight in hundredths", _share("weight")),
    ("score in hundredths", _share("score")),
    ("progress in hundredths", _share("progress")),
    ("hundredths of a per cent", lambda _, mean, words: words.percent(mean / 10_000, 1)),
    ("milliseconds", lambda _, mean, words: words.t("console.unit.milliseconds", count=words.number(mean))),
    ("seconds", lambda total, _, words: words.t("console.unit.minutes", n=max(1, round(total / 60))) if total else ""),
    ("clicks", lambda total, _, words: words.t("console.unit.clicks", n=total, count=words.number(total))),
    ("credits", lambda _, mean, words: words.t("console.unit.load", n=one_or_many(mean), count=words.number(mean))),
    ("earlier attempts", lambda total, _, words: words.t("console.unit.attempts", n=total) if total else ""),
    ("1 right, 0 wrong", lambda total, _, words: words.t("console.unit.right", n=total)),
    ("answer from 0 to 10", lambda _, mean, words: words.t("console.unit.answer", answer=words.number(mean, 1))),
)
"""How a value is said, by a part of its verb's unit; the first that fits."""


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


def _enrolment(place: int, story: EnrolmentStory, words: Words, today: date) -> EnrolmentView:
    course = story.course
    known = story.state in STATES
    until = story.now.as_of if story.now else None
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
        now=_now(story.now, words) if story.now else None,
        live=_live(story.live, words, today),
        risk=risk_chart(words, f"risk-{place}", story.history) if story.history else None,
        activity=activity_chart(words, f"activity-{place}", story.activity, until) if story.activity else None,
    )


def _live(live: LiveNow | None, words: Words, today: date) -> str:
    """Say the risk of just now; nothing where it is of an earlier day."""
    if live is None or live.at.date() != today:
        return ""
    return words.t("console.live.now", risk=words.percent(live.risk), time=words.clock(live.at))


def _now(risk: EnrolmentRisk, words: Words) -> NowView:
    return NowView(
        risk=risk_view(risk.risk, words),
        day=words.day(risk.as_of),
        cause=words.named("cause", risk.cause, "name") if risk.cause else "",
        suggestion=suggestion_text(risk.suggestion, words),
        tier=words.named("tier", risk.tier),
        value=value_text(risk, words),
        due=due_text(risk.due_hours, words),
        absent=absent_text(risk.absent_days, words),
        rules=tuple(words.named("rule", rule, "name") for rule in risk.rules),
        reasons=reason_pushes(risk.reasons, words),
        categories=category_pushes(risk.categories, words),
        trained=is_trained(risk.basis),
        gone=risk.gone,
    )


def _entry(entry: TimelineEntry, titles: dict[str, str], currency: str | None, words: Words) -> EntryView:
    verb = VERBS_BY_NAME.get(entry.verb)
    first, last = words.clock(entry.first), words.clock(entry.last)
    day_only = entry.first == entry.last and entry.first.time() == _DAY_ONLY
    return EntryView(
        family=verb.family if verb else "other",
        verb=words.named("verb", entry.verb),
        family_word=words.named("family", verb.family) if verb else "",
        course=titles.get(entry.course) or entry.course,
        count=words.t("console.times", n=entry.count, count=words.number(entry.count)) if entry.count > 1 else "",
        value=amount_text(entry, currency, words),
        object=_about(entry, words),
        times="" if day_only else (first if first == last else f"{first}–{last}"),
    )


def _about(entry: TimelineEntry, words: Words) -> str:
    """Return what an entry is about: of a message of ours what it is called, else the platform's own name."""
    key = f"template.{entry.object}.name"
    return words.t(key) if entry.verb.startswith("contact_") and words.translator.has(key) else entry.object


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
