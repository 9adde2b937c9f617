"""A desk over plain data: what the console's tests and its preview look at."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from staycourse.desk import (
    Basis,
    ChurnDefinition,
    ClassQuality,
    EnrolmentRisk,
    EnrolmentStory,
    LearnerStory,
    Reason,
    ReturnCurve,
    ReturnPoint,
    TimelineEntry,
    Today,
    TodayFilter,
)
from staycourse.events import Course, Learner
from staycourse.kernel import NotEnoughData, NotFound

AS_OF = date(2014, 3, 21)
NOW = datetime(2014, 3, 22, 1, 30, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&../..%2f?#\N{RIGHT-TO-LEFT OVERRIDE}x"

COURSES = (
    Course(course="AAA-2014J", title="AAA 2014J", starts_on=date(2014, 2, 1), ends_on=date(2014, 10, 1), series="AAA"),
    Course(course="ENG-1", title="商务英语口语 · 春季班", starts_on=date(2014, 2, 17), ends_on=date(2014, 6, 30)),
    Course(course="PY-2", title="Python for working people", starts_on=None),
)
NAMES = (
    "林晓雨", "Amara Okafor", "王子轩", "Sofía Hernández", "陈思远", "John Whitfield", "欧阳若曦",
    "Priya Raman", "赵一鸣",
    "Léa Dubois", "孙可欣", "Tomasz Wiśniewski", "周明哲", "Fatima al-Zahra", "吴佳怡", "Ken Watanabe",
    "刘梓涵", None,
    "A learner whose name goes on and on so that it must wrap somewhere in the row", "郑博文",
)  # fmt: skip
CAUSES = (
    ("too_hard", (("quizzes_failed_30d", "completion", 3.0), ("assignments_missed_30d", "completion", 2.0))),
    ("alone", (("interactions_change_7d", "interaction", -0.75), ("days_absent", "login", 9.0))),
    ("no_time", (("assignments_missed_30d", "completion", 2.0), ("days_absent", "login", 5.0))),
    ("price", (("refund_enquiries_14d", "payment", 1.0), ("days_absent", "login", 4.0))),
    ("unhappy", (("complaints_30d", "feeling", 1.0), ("negative_texts_30d", "feeling", 2.0))),
    ("class_quality", (("poor_samples_14d", "quality", 3.0), ("days_absent", "login", 6.0))),
    ("unclear", (("days_absent", "login", 13.0), ("logins_7d", "login", 0.0))),
)
RULES = {
    "too_hard": ("quizzes_failing",),
    "alone": ("absent", "interaction_down"),
    "no_time": ("assignments_missed",),
    "price": ("refund_asked",),
    "unhappy": ("complained", "negative_words"),
    "class_quality": ("poor_classes",),
    "unclear": ("absent",),
}

SUGGESTIONS = {
    "too_hard": "tutoring",
    "alone": "camp_invitation",
    "no_time": "short_pieces",
    "price": "fitting_package",
    "unhappy": "person_answers",
    "class_quality": "apology_and_replay",
    "unclear": "friendly_question",
}


def risk(place: int) -> EnrolmentRisk:
    """Return the risk at a place of the ranked list: the same place always gives the same risk."""
    dice = random.Random(place)
    cause, why = CAUSES[place % len(CAUSES)]
    core = place % 5 == 0
    course = COURSES[place % 3]
    probability = max(0.04, 0.92 * 0.975**place)
    reasons = tuple(
        Reason(signal, category, round(1.4 / (order + 1) + dice.random() / 5, 3), value)
        for order, (signal, category, value) in enumerate((*why, ("days_since_submission", "completion", 19.0)))
    )
    return EnrolmentRisk(
        learner=f"S{10_000 + place}",
        name=NAMES[place % len(NAMES)],
        course=course.course,
        course_title=course.title,
        as_of=AS_OF,
        risk=probability,
        learner_risk=probability * 0.9,
        tier="core" if core else "regular",
        value=round(1 - place / 200, 3),
        paid_minor=(499_900 - place * 1_000) if place % 3 else None,
        currency="CNY" if place % 3 else None,
        priority=probability * (1 - place / 200),
        absent_days=dice.choice((0, 1, 3, 5, 8, 13)),
        cause=cause,
        suggestion=SUGGESTIONS[cause],
        due_hours=4 if core else 48 + 24 * (place % 2),
        rules=RULES[cause],
        reasons=reasons,
        categories=(("login", 0.92), ("completion", 0.61), ("interaction", -0.34), ("payment", 0.05), ("quality", 0.0)),
        basis="model",
    )


TRAINED = Basis("model", "m-2014-03-21-1", date(2014, 3, 21), 42, 128_450, 0.7493, 0.0072, 14, 1)
COLD = Basis("scorecard_default", None, None, 0, 0, None, None, 14, 1)


@dataclass
class PlainDesk:
    """Answers from memory. `state` is `full`, `cold`, `clear`, `not_run`, `nothing` or `broken`."""

    state: str = "full"
    count: int = 61
    asked: list[TodayFilter] = field(default_factory=list)

    def today(self, tenant: str, asked: TodayFilter, as_of: date | None = None) -> Today:
        self.asked.append(asked)
        if self.state == "broken":
            raise RuntimeError("the secret place is /home/somebody")
        if self.state in ("nothing", "not_run"):
            courses = COURSES if self.state == "not_run" else ()
            return Today(None, (), 0, 1, 1, (), (), 0, None, None, courses, None, self.state != "nothing")
        everyone = [] if self.state == "clear" else [risk(place) for place in range(self.count)]
        if self.count > 3 and everyone:
            everyone[3] = replace(everyone[3], learner=HOSTILE, name=None)
        found = [row for row in everyone if _fits(row, asked)]
        first = (asked.page - 1) * asked.per_page
        return Today(
            as_of=as_of or AS_OF,
            rows=tuple(found[first : first + asked.per_page]),
            found=len(found),
            page=asked.page,
            pages=max(1, -(-len(found) // asked.per_page)),
            by_cause=tuple(Counter(row.cause for row in everyone).most_common()),
            by_tier=tuple(Counter(row.tier for row in everyone).most_common()),
            enrolments=1_284,
            previous_as_of=date(2014, 3, 20),
            previous_found=54,
            courses=COURSES,
            basis=COLD if self.state == "cold" else TRAINED,
            horizon_days=14,
        )

    def learner(self, tenant: str, learner: str, before: date | None = None) -> LearnerStory:
        if learner.startswith("nobody") or len(learner) > 200:
            raise NotFound(f"there is no learner {learner[:80]!r}", where="learner", mend="check the id")
        if learner == "blank":
            return LearnerStory(Learner(learner="blank"), (), (), False, ())
        last = min(before or AS_OF + timedelta(days=1), AS_OF + timedelta(days=1)) - timedelta(days=1)
        timeline = tuple(entry for step in range(0, 24, 2) for entry in entries(last - timedelta(days=step)))
        return LearnerStory(
            learner=Learner(
                learner=learner, name=None if learner == HOSTILE else "林晓雨", paid_minor=499_900, currency="CNY",
                joined_on=date(2013, 9, 2), country="CN", zone="Asia/Shanghai", language="zh-CN",
                birth_year=1991, consent=True,
            ),
            enrolments=(story(0, learner), story(1, learner)),
            timeline=timeline,
            older=last > date(2014, 1, 10),
            quality=tuple(
                ClassQuality(
                    AS_OF - timedelta(days=7 * week), "ENG-1", 0.2 / (week + 1) ** 2, 80.0 + 40 * week, 0.004, week % 2
                )
                for week in range(4)
            ) if learner != "quiet" else (),
        )  # fmt: skip

    def churn_definition(self, tenant: str) -> ChurnDefinition:
        if self.state in ("nothing", "not_run"):
            raise NotEnoughData("no event has been kept yet", mend="run staycourse import")
        overall = curve("", "", 0.90, 16)
        courses = tuple(
            curve(course.course, course.title, fall, horizon)
            for course, fall, horizon in zip(COURSES, (0.88, 0.92, 0.95), (13, 20, None), strict=True)
        )
        return ChurnDefinition(AS_OF, 14, overall, courses)


def entries(day: date) -> tuple[TimelineEntry, ...]:
    """Return one day of a learner's doings."""
    morning = datetime(day.year, day.month, day.day, 9, 12, tzinfo=UTC)
    noon = morning.replace(hour=12, minute=0)
    several = (
        TimelineEntry(day, "ENG-1", "video_watched", 3, 1_860, morning, morning + timedelta(hours=2), "lesson/12"),
        TimelineEntry(day, "ENG-1", "quiz_failed", 1, 4_150, morning, morning, "quiz/4"),
        TimelineEntry(day, "AAA-2014J", "content_viewed", 14, 37, noon, noon, "resource/546614, resource/546652"),
        TimelineEntry(day, "AAA-2014J", "assignment_submitted", 1, 2_900, noon, noon, "TMA 2"),
        TimelineEntry(
            day, "", "refund_policy_viewed", 2, None, morning, morning + timedelta(minutes=7), "help/refunds"
        ),
        TimelineEntry(day, "", "rated", 1, 200, morning, morning, "lesson/12"),
    )
    return several[day.toordinal() % 3 :][:3]


def story(place: int, learner: str) -> EnrolmentStory:
    """Return one enrolment: the first drifts away, the second goes well."""
    dice = random.Random(place)
    days = [AS_OF - timedelta(days=step) for step in range(48)]
    now = replace(
        risk(place), learner=learner, risk=0.71 if place == 0 else 0.09, learner_risk=0.09, course=COURSES[place].course
    )
    slope = 0.6 if place == 0 else 0.02
    return EnrolmentStory(
        course=COURSES[place],
        enrolled_on=date(2014, 1, 20),
        state="open",
        now=now,
        history=tuple(
            (day, min(0.95, max(0.02, now.risk - slope * step / 30 + dice.uniform(-0.03, 0.03) * (step > 0))))
            for step, day in reversed(list(enumerate(days[:30])))
        ),
        activity=tuple(
            (day, dice.randint(1, 30))
            for step, day in enumerate(days)
            if step > 8 * (1 - place) and step % 7 not in (2, 3)
        ),
    )


def curve(course: str, title: str, fall: float, horizon: int | None) -> ReturnCurve:
    """Return a curve on which a `fall` of those who were silent for a day are still expected a day later."""
    points = tuple(ReturnPoint(days, int(60_000 * 0.8**days) + 40, fall**days) for days in range(1, 61))
    return ReturnCurve(
        course, title, points, horizon, "churn.reason.crossed" if horizon else "churn.reason.too_few",
        {
            "silences": 48_040, "return_share": 0.2, "days": horizon or 0, "share": 0.1874, "follow_days": 14,
            "minimum": 30,
        },
    )  # fmt: skip


def _fits(row: EnrolmentRisk, asked: TodayFilter) -> bool:
    text = asked.search.lower()
    return (
        asked.course in ("", row.course)
        and asked.cause in ("", row.cause)
        and asked.tier in ("", row.tier)
        and (text in row.learner.lower() or text in (row.name or "").lower())
    )
