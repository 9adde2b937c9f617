"""Charts as data: ECharts options made here, drawn by static/charts.js, each with the table that says the same.

Colours are names of the stylesheet's tokens (`token:accent`); the browser fills them in for the theme in force. Texts
that a chart shows are written here, so that the script knows no language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from staycourse.kernel import Words

Option = dict[str, Any]
LONGEST_ACTIVITY = 400


@dataclass(frozen=True, slots=True)
class Table:
    """The table twin of a chart: what it is called, its columns and its rows, all in words."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its id on the page, what it shows in one sentence, its option and its twin."""

    id: str
    title: str
    summary: str
    option: Option
    table: Table


def risk_chart(words: Words, id: str, history: Sequence[tuple[date, float]]) -> Chart:
    """Return risk over time as a line from 0 to 100 %; days without a run are bridged, each at its true distance."""
    t = words.t
    points = sorted(history)
    last = points[-1]
    risks = dict(points)
    days = [day for day, _ in every_day([(day, 1) for day in risks], None)]
    option = _frame([words.short_day(day) for day in days])
    option["yAxis"] |= {"max": 100, "interval": 25, "axisLabel": _label() | {"formatter": "{value}%"}}
    option["tooltip"]["formatter"] = "{b}\n{c}%"
    option["series"] = [
        {
            "type": "line",
            "data": [round(100 * risks[day], 1) if day in risks else None for day in days],
            "connectNulls": True,
            "showSymbol": len(points) < 20,
            "symbolSize": 6,
            "lineStyle": {"color": "token:risk", "width": 2},
            "itemStyle": {"color": "token:risk"},
            "areaStyle": {"color": "token:risk", "opacity": 0.12},
        }
    ]
    return Chart(
        id,
        t("console.chart.risk.title"),
        t("console.chart.risk.summary", risk=words.percent(last[1]), day=words.day(last[0]), runs=len(points)),
        option,
        Table(
            t("console.chart.risk.title"),
            (t("console.column.day"), t("console.column.risk")),
            tuple((words.day(day), words.percent(risk, 1, aligned=True)) for day, risk in reversed(points)),
        ),
    )


def activity_chart(words: Words, id: str, activity: Sequence[tuple[date, int]], until: date | None) -> Chart:
    """Return daily activity as bars, days without any shown as nothing, up to `until`."""
    t = words.t
    days = every_day(activity, until)
    active = sum(1 for _, count in days if count)
    option = _frame([words.short_day(day) for day, _ in days])
    option["tooltip"]["formatter"] = "{b}\n{c}"
    option["yAxis"] |= {"minInterval": 1}
    option["series"] = [
        {
            "type": "bar",
            "data": [count for _, count in days],
            "itemStyle": {"color": "token:accent"},
            "barCategoryGap": "20%",
            "barMaxWidth": 14,
        }
    ]
    return Chart(
        id,
        t("console.chart.activity.title"),
        t("console.chart.activity.summary", active=words.number(active), days=len(days)),
        option,
        Table(
            t("console.chart.activity.title"),
            (t("console.column.day"), t("console.column.activities")),
            tuple((words.day(day), words.number(count)) for day, count in reversed(days) if count),
        ),
    )


def freeze_chart(words: Words, id: str, shares: Sequence[tuple[date, float]]) -> Chart:
    """Return the share of class time that was frozen, a bar a day."""
    t = words.t
    points = sorted(shares)
    worst = max(points, key=lambda point: point[1])
    option = _frame([words.short_day(day) for day, _ in points])
    option["yAxis"] |= {"axisLabel": _label() | {"formatter": "{value}%"}}
    option["tooltip"]["formatter"] = "{b}\n{c}%"
    option["series"] = [
        {
            "type": "bar",
            "data": [round(100 * share, 2) for _, share in points],
            "itemStyle": {"color": "token:risk"},
            "barMaxWidth": 18,
        }
    ]
    return Chart(
        id,
        t("console.chart.freeze.title"),
        t("console.chart.freeze.summary", share=words.percent(worst[1], 1), day=words.day(worst[0])),
        option,
        Table("", (), ()),
    )


STACK_COLOURS = (
    "token:risk",
    "token:accent",
    "token:risk-mild",
    "token:line-strong",
    "token:ease",
    "token:risk-strong",
)


def stacked_days(days: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Option:
    """Return the option of bars a day, each parted into the named series."""
    option = _frame(list(days))
    option["grid"]["top"] = 20 + 22 * -(-len(series) // 3)
    option["yAxis"] |= {"minInterval": 1}
    option["legend"] = {
        "top": 0, "left": 0, "icon": "roundRect", "itemWidth": 12, "itemHeight": 8,
        "textStyle": {"color": "token:text"},
    }  # fmt: skip
    option["series"] = [
        {
            "type": "bar",
            "stack": "all",
            "name": name,
            "data": list(counts),
            "itemStyle": {"color": STACK_COLOURS[place % len(STACK_COLOURS)]},
            "barMaxWidth": 28,
        }
        for place, (name, counts) in enumerate(series)
    ]
    return option


@dataclass(frozen=True, slots=True)
class Curve:
    """One return curve to draw: its name and the share who came back per day of silence."""

    name: str
    points: tuple[tuple[int, float], ...]


def return_chart(words: Words, curves: Sequence[Curve], marks: Sequence[tuple[str, int]]) -> tuple[Option, str]:
    """Return the option and the summary of return curves over days of silence, with horizons marked."""
    t = words.t
    option = _frame(None)
    option["grid"]["top"] = 44
    option["grid"]["bottom"] = 44
    option["xAxis"] |= {"name": t("console.churn.axis.days"), "nameLocation": "middle", "nameGap": 28}
    option["yAxis"] |= {"max": 100, "interval": 25, "axisLabel": _label() | {"formatter": "{value}%"}}
    option["legend"] = {"top": 0, "left": 0, "icon": "roundRect", "itemHeight": 3, "textStyle": {"color": "token:text"}}
    colours = ("token:accent", "token:risk")
    option["series"] = [
        {
            "type": "line",
            "name": curve.name,
            "data": [[days, round(100 * share, 1)] for days, share in curve.points],
            "showSymbol": False,
            "smooth": False,
            "lineStyle": {"color": colours[place % 2], "width": 2.5, "type": "solid" if place == 0 else "dashed"},
            "itemStyle": {"color": colours[place % 2]},
        }
        for place, curve in enumerate(curves)
    ]
    if option["series"]:
        option["series"][0]["markLine"] = _mark_lines(marks)
    first = curves[0].points[0] if curves and curves[0].points else (0, 0.0)
    return option, t("console.churn.chart.summary", days=t("console.days", n=first[0]), share=words.percent(first[1]))


def every_day(activity: Sequence[tuple[date, int]], until: date | None) -> list[tuple[date, int]]:
    """Return one entry a day from the first active day to `until`, at most the newest LONGEST_ACTIVITY."""
    if not activity:
        return []
    counts = dict(activity)
    last = max([*counts, until] if until else counts)
    first = max(min(counts), last - timedelta(days=LONGEST_ACTIVITY - 1))
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    return [(day, counts.get(day, 0)) for day in days]


def _mark_lines(marks: Sequence[tuple[str, int]]) -> Option:
    return {
        "symbol": "none",
        "silent": True,
        "data": [
            {
                "xAxis": days,
                "lineStyle": {"color": "token:text-soft", "type": "solid" if place == 0 else "dotted", "width": 1.5},
                "label": {
                    "formatter": name,
                    "color": "token:text",
                    # The curve may pass behind the words.
                    "backgroundColor": "token:surface",
                    "padding": [2, 4],
                    # One to the left of its line, one to the right: two near horizons stay readable.
                    "position": "insideEndTop" if days == min(day for _, day in marks) else "insideEndBottom",
                },
            }
            for place, (name, days) in enumerate(marks)
        ],
    }


def _label() -> Option:
    return {"color": "token:text-soft", "fontSize": 11, "hideOverlap": True}


def _frame(categories: list[str] | None) -> Option:
    x_axis: Option = {
        "type": "value" if categories is None else "category",
        "axisLine": {"lineStyle": {"color": "token:line"}},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
        "axisLabel": _label(),
        "nameTextStyle": {"color": "token:text-soft"},
    }
    if categories is not None:
        x_axis["data"] = categories
    return {
        "animation": False,
        "grid": {"left": 44, "right": 16, "top": 12, "bottom": 26},
        "textStyle": {"fontFamily": "inherit"},
        "tooltip": {
            "trigger": "axis",
            "renderMode": "richText",
            "confine": True,
            "backgroundColor": "token:surface",
            "borderColor": "token:line",
            "textStyle": {"color": "token:text", "fontSize": 12},
            "axisPointer": {"lineStyle": {"color": "token:text-soft"}},
        },
        "xAxis": x_axis,
        "yAxis": {
            "type": "value",
            "min": 0,
            "splitNumber": 3,
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": _label(),
            "splitLine": {"lineStyle": {"color": "token:line"}},
        },
    }
