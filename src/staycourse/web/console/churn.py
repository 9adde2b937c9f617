"""The churn definition as a view: who comes back after how long, and from which day on few do."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from staycourse.desk import ChurnDefinition, ReturnCurve
from staycourse.kernel import Words
from staycourse.web.charts import Chart, Curve, Table, return_chart

TABLE_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 28, 30, 45, 60, 90)
"""The days of silence whose shares every table names, beside the horizons: a row for each day would hide the shape."""


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course of the list."""

    address: str
    title: str
    proposed: str
    share: str
    gaps: str
    reasoning: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ChurnView:
    """The page."""

    day: str
    horizon: str
    proposed: str
    differs: bool
    in_force: str
    reasoning: str
    chart: Chart | None
    chosen: str
    courses: tuple[CourseRow, ...]


def churn_view(definition: ChurnDefinition, course: str, words: Words) -> ChurnView:
    """Return the view of a churn definition, with the curve of `course` laid over that of all."""
    t = words.t
    overall = definition.overall
    chosen = next((curve for curve in definition.courses if curve.course == course and course), None)
    proposed = overall.proposed_horizon
    share = share_at(overall, definition.horizon_days)
    return ChurnView(
        day=words.day(definition.as_of) if definition.as_of else "",
        horizon=t("console.days", n=definition.horizon_days),
        proposed=t("console.days", n=proposed) if proposed is not None else "",
        differs=proposed is not None and proposed != definition.horizon_days,
        in_force=t("console.churn.in_force", n=definition.horizon_days, share=words.percent(share))
        if share is not None
        else "",
        reasoning=words.filled(overall.reasoning, overall.values),
        chart=_chart(definition, chosen, words) if overall.points else None,
        chosen=_title(chosen) if chosen else "",
        courses=tuple(_course(curve, definition.horizon_days, curve is chosen, words) for curve in definition.courses),
    )


def share_at(curve: ReturnCurve, days: int) -> float | None:
    """Return the share who came back of the silences that reached `days`, by the nearest point not past it."""
    known = [point for point in curve.points if point.days <= days]
    return max(known, key=lambda point: point.days).share if known else None


def _chart(definition: ChurnDefinition, chosen: ReturnCurve | None, words: Words) -> Chart:
    t = words.t
    drawn = [definition.overall] + ([chosen] if chosen else [])
    curves = [
        Curve(
            _title(curve) or t("console.churn.overall"),
            tuple(sorted((point.days, point.share) for point in curve.points)),
        )
        for curve in drawn
    ]
    marks = [(t("console.churn.mark.in_force", n=definition.horizon_days), definition.horizon_days)]
    proposed = definition.overall.proposed_horizon
    if proposed is not None and proposed != definition.horizon_days:
        marks.append((t("console.churn.mark.proposed", n=proposed), proposed))
    option, summary = return_chart(words, curves, marks)
    return Chart("return-curve", t("console.churn.chart.title"), summary, option, _table(definition, drawn, words))


def _table(definition: ChurnDefinition, drawn: list[ReturnCurve], words: Words) -> Table:
    t = words.t
    wanted = {*TABLE_DAYS, definition.horizon_days, definition.overall.proposed_horizon}
    columns = [t("console.column.silence")]
    for curve in drawn:
        name = _title(curve) or t("console.churn.overall")
        columns += [t("console.column.came_back_of", name=name), t("console.column.gaps_of", name=name)]
    points = [{point.days: point for point in curve.points} for curve in drawn]
    rows = []
    for days in sorted(day for day in points[0] if day in wanted):
        row = [t("console.days", n=days)]
        for known in points:
            point = known.get(days)
            row += [words.percent(point.share, 1, aligned=True), words.number(point.gaps)] if point else ["–", "–"]
        rows.append(tuple(row))
    return Table(t("console.churn.chart.title"), tuple(columns), tuple(rows))


def _course(curve: ReturnCurve, horizon: int, chosen: bool, words: Words) -> CourseRow:
    t = words.t
    return CourseRow(
        address="/churn" if chosen else "/churn?" + urlencode({"course": curve.course}, errors="replace"),
        title=_title(curve),
        proposed=t("console.days", n=curve.proposed_horizon) if curve.proposed_horizon is not None else "–",
        share=words.percent(share_at(curve, horizon)),
        gaps=words.number(max((point.gaps for point in curve.points), default=0)),
        reasoning=words.filled(curve.reasoning, curve.values),
        chosen=chosen,
    )


def _title(curve: ReturnCurve) -> str:
    return curve.title or curve.course
