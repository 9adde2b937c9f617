"""The desk's answers, put together from what the rooms and stores give. Nothing is opened here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from staycourse.care import needing_care
from staycourse.desk.records import (
    Basis,
    ChurnDefinition,
    EnrolmentRisk,
    EnrolmentStory,
    LearnerStory,
    LiveNow,
    Reason,
    ReturnCurve,
    ReturnPoint,
    Today,
    TodayFilter,
)
from staycourse.desk.stories import enrolment_state, quality_of, timeline_of
from staycourse.events import Course, Learner
from staycourse.kernel import NotFound, as_wording, worded
from staycourse.policy import Policy
from staycourse.risk import churn_proposals
from staycourse.signals import SignalEngine, measured_span

TIMELINE_DAYS = 30
"""How many days with events one page of the timeline holds."""


class Book(Protocol):
    """What the desk needs of the store."""

    def courses(self, tenant: str) -> list[Course]: ...

    def learner(self, tenant: str, learner: str) -> Learner | None: ...

    def runs(self, tenant: str, *, until: date | None = None, limit: int = 2) -> Sequence[Any]: ...

    def model(self, tenant: str, model: str) -> Any: ...

    def candidates(self, tenant: str, as_of: date, asked: TodayFilter) -> tuple[Sequence[Any], int]: ...

    def candidate_counts(
        self, tenant: str, as_of: date, column: str, within: tuple[str, ...] | None = None
    ) -> list[tuple[str, int]]: ...


class RiskShelf(Protocol):
    """What the desk needs of the shelf."""

    def learner_risks(self, tenant: str, learner: str) -> pa.Table | None: ...

    def risks(self, tenant: str, as_of: date) -> pa.Table | None: ...


class EventHistory(Protocol):
    """What the desk needs of the lake."""

    def events_of(self, tenant: str, learner: str, *, before: date | None, limit_days: int) -> pa.Table: ...


class LiveRisks(Protocol):
    """What the desk needs of the risks between the nights."""

    def of(self, tenant: str, learner: str) -> Sequence[Any]: ...

    def among(
        self, tenant: str, learners: Collection[str]
    ) -> Mapping[tuple[str, str], tuple[date, datetime, float]]: ...


class HomeDesk:
    """Answers from one home: the store's runs and candidates, the shelf's risks, the engine's and lake's facts."""

    def __init__(
        self,
        book: Book,
        shelf: RiskShelf,
        engine: SignalEngine,
        lake: EventHistory,
        *,
        policy_of: Callable[[str], Policy],
        zone_of: Callable[[str], ZoneInfo],
        live: LiveRisks | None = None,
    ) -> None:
        self._live = live
        self._book, self._shelf, self._engine, self._lake = book, shelf, engine, lake
        self._policy_of, self._zone_of = policy_of, zone_of

    def today(self, tenant: str, asked: TodayFilter, as_of: date | None = None) -> Today:
        """Return who needs care, as of the newest nightly run (or the newest by `as_of`)."""
        runs = self._book.runs(tenant, until=as_of, limit=2)
        courses = tuple(self._book.courses(tenant))
        if not runs:
            anything = bool(courses) or self._engine.span(tenant) is not None
            return Today(None, (), 0, 1, 1, (), (), 0, None, None, courses, None, anything)
        run, before = runs[0], runs[1] if len(runs) > 1 else None
        rows, found = self._book.candidates(tenant, run.as_of, asked)
        live = self._live_among(tenant, {row["learner"] for row in rows}, run.as_of)
        return Today(
            as_of=run.as_of,
            rows=tuple(_risk_of({**row, "live": live.get((row["learner"], row["course"]))}) for row in rows),
            found=found,
            page=asked.page,
            pages=max(1, -(-found // asked.per_page)),
            by_cause=tuple(self._book.candidate_counts(tenant, run.as_of, "cause", asked.within)),
            by_tier=tuple(self._book.candidate_counts(tenant, run.as_of, "tier", asked.within)),
            enrolments=run.enrolments,
            previous_as_of=before.as_of if before else None,
            previous_found=before.candidates if before else None,
            courses=courses,
            basis=self._basis(tenant, run),
            horizon_days=self._policy_of(tenant).churn.horizon_days,
        )

    def risks(self, tenant: str, as_of: date | None, top: int) -> tuple[EnrolmentRisk, ...]:
        """Return the `top` open enrolments by risk, as of the newest run or that of `as_of`; NotFound without a run."""
        runs = self._book.runs(tenant, until=as_of, limit=1)
        table = self._shelf.risks(tenant, runs[0].as_of) if runs else None
        if table is None or (as_of is not None and runs[0].as_of != as_of):
            raise NotFound(
                worded("there is no nightly run as of {as_of}", as_of=as_of or as_wording("any day")),
                mend="run staycourse nightly first",
            )
        titles = {course.course: course.title for course in self._book.courses(tenant)}
        cared = self._cared(tenant, table)
        order = [("risk", "descending"), ("learner", "ascending"), ("course", "ascending")]
        rows = table.take(pc.select_k_unstable(table, top, order)).sort_by(order).to_pylist()
        names = {row["learner"]: self._book.learner(tenant, row["learner"]) for row in rows}
        return tuple(
            _risk_of(
                {**cared(row), "title": titles.get(row["course"]), "name": getattr(names[row["learner"]], "name", None)}
            )
            for row in rows
        )

    def learner(self, tenant: str, learner: str, before: date | None = None) -> LearnerStory:
        """Return one learner's story as it was known at the newest run; NotFound if the learner is unknown."""
        as_of = self._as_of(tenant)
        attributes = self._book.learner(tenant, learner)
        activity = self._engine.activity(tenant, learner, as_of)
        if attributes is None and activity.num_rows == 0:
            raise NotFound(
                worded("there is no learner {learner!r}", learner=learner[:80]),
                where="learner",
                mend=worded("check the id; what arrived after {day} is seen by the next night", day=as_of),
            )
        last = min(before, as_of + timedelta(days=1)) if before else as_of + timedelta(days=1)
        events = self._lake.events_of(tenant, learner, before=last, limit_days=TIMELINE_DAYS + 1)
        timeline, older = timeline_of(events, TIMELINE_DAYS, self._zone_of(tenant))
        return LearnerStory(
            learner=attributes or Learner(learner=learner),
            enrolments=self._enrolments(tenant, learner, activity, as_of),
            timeline=timeline,
            older=older,
            quality=quality_of(activity),
        )

    def churn_definition(self, tenant: str) -> ChurnDefinition:
        """Return the return curves over all that is known by the newest run."""
        as_of = self._as_of(tenant)
        courses = self._book.courses(tenant)
        policy = self._policy_of(tenant).churn
        proposals = churn_proposals(self._engine.gaps(tenant, as_of, courses), policy)
        titles = {course.course: course.title for course in courses}
        curves = [
            ReturnCurve(
                course=proposal.course,
                title=titles.get(proposal.course) or proposal.course,
                points=tuple(ReturnPoint(point.days, point.gaps, point.share) for point in proposal.points),
                proposed_horizon=proposal.horizon_days,
                reasoning=proposal.reasoning,
                values=dict(proposal.values),
            )
            for proposal in proposals
        ]
        return ChurnDefinition(as_of, policy.horizon_days, curves[0], tuple(curves[1:]))

    def _cared(self, tenant: str, risks: pa.Table) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """Return what adds to a row of `risks` (of one day) what the policy in force says of it: how pressing it is and
        what is suggested, if it needs care; whether the learner counts as gone.
        """
        policy = self._policy_of(tenant)
        needing = {(row["learner"], row["course"]): row for row in needing_care(risks, policy).to_pylist()}

        def cared(row: Mapping[str, Any]) -> dict[str, Any]:
            found = needing.get((row["learner"], row["course"]))
            return {**row, **(found or {"gone": row["absent_days"] > policy.churn.horizon_days})}

        return cared

    def _as_of(self, tenant: str) -> date:
        runs = self._book.runs(tenant, limit=1)
        if runs:
            newest: date = runs[0].as_of
            return newest
        return measured_span(self._engine, tenant).last_event_day

    def _basis(self, tenant: str, run: Any) -> Basis:
        entry = self._book.model(tenant, run.model) if run.model else None
        card = entry.card if entry else {}
        return Basis(
            kind=run.basis,
            model=run.model,
            trained_on=entry.known_by if entry else None,
            as_of_days=len(card.get("as_of_days", ())),
            rows=int(card.get("rows", 0)),
            auc=card.get("auc"),
            ece=card.get("ece"),
            horizon_days=int(card.get("horizon_days", 0)) or self._policy_of(tenant).churn.horizon_days,
            policy_version=run.policy_version,
        )

    def _enrolments(self, tenant: str, learner: str, activity: pa.Table, as_of: date) -> tuple[EnrolmentStory, ...]:
        known = {course.course: course for course in self._book.courses(tenant)}
        table = self._shelf.learner_risks(tenant, learner)
        risks = [row for row in table.to_pylist() if row["as_of"] <= as_of] if table is not None else []
        if table is not None and risks:
            cared = self._cared(tenant, table.filter(pc.equal(table["as_of"], as_of)))
            risks = [cared(row) if row["as_of"] == as_of else row for row in risks]
        days = activity.to_pylist()
        names = sorted({row["course"] for row in days if row["course"]} | {row["course"] for row in risks})
        live = self._live_of(tenant, learner, as_of)
        stories = [
            _story(known.get(name) or Course(course=name), as_of,
                   [row for row in risks if row["course"] == name], [row for row in days if row["course"] == name],
                   live.get(name))
            for name in names
        ]  # fmt: skip
        return tuple(sorted(stories, key=lambda story: (story.now is None, story.course.course)))

    def _live_among(self, tenant: str, learners: Collection[str], night: date) -> dict[tuple[str, str], LiveNow]:
        """Return by learner and course the live risks that know more than the night of `night`."""
        where = self._zone_of(tenant)
        found = self._live.among(tenant, learners) if self._live and learners else {}
        return {key: LiveNow(risk, at.astimezone(where)) for key, (as_of, at, risk) in found.items() if as_of > night}

    def _live_of(self, tenant: str, learner: str, night: date) -> dict[str, LiveNow]:
        """Return by course the live risks that know more than the night of `night`."""
        where = self._zone_of(tenant)
        rows = self._live.of(tenant, learner) if self._live else ()
        return {row.course: LiveNow(row.risk, row.at.astimezone(where)) for row in rows if row.as_of > night}


def _story(
    course: Course,
    as_of: date,
    risks: Sequence[Mapping[str, Any]],
    days: Sequence[Mapping[str, Any]],
    live: LiveNow | None,
) -> EnrolmentStory:
    newest = risks[-1] if risks and risks[-1]["as_of"] == as_of else None
    enrolled = [row["event_day"] for row in days if row["enrolments"]] or [row["event_day"] for row in days]
    return EnrolmentStory(
        course=course,
        enrolled_on=min(enrolled, default=None),
        state=enrolment_state(course, days, as_of),
        now=_risk_of({**newest, "title": course.title}) if newest else None,
        history=tuple((row["as_of"], row["risk"]) for row in risks),
        activity=tuple((row["event_day"], row["activity"]) for row in days if row["activity"]),
        live=live,
    )


def _risk_of(row: Mapping[str, Any]) -> EnrolmentRisk:
    return EnrolmentRisk(
        learner=row["learner"],
        name=row.get("name"),
        course=row["course"],
        course_title=row.get("title") or row["course"],
        as_of=row["as_of"],
        risk=row["risk"],
        learner_risk=row["learner_risk"],
        tier=row["tier"],
        value=row["value"],
        paid_minor=row["paid_minor"],
        currency=row["currency"],
        priority=row.get("priority", 0.0),
        absent_days=row["absent_days"],
        cause=row["cause"],
        suggestion=row.get("suggestion", ""),
        due_hours=row.get("due_hours"),
        rules=tuple(row["rules"]),
        reasons=tuple(Reason(**reason) for reason in row["reasons"]),
        categories=tuple((entry["category"], entry["contribution"]) for entry in row["categories"]),
        basis=row["basis"],
        trigger=row.get("trigger", ""),
        then=row.get("then", ""),
        gone=row.get("gone", False),
        live=row.get("live"),
    )
