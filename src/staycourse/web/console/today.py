"""Today as a view: who needs care now, in words, with the addresses that narrow it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from staycourse.desk import AlertLine, EnrolmentRisk, Today, TodayFilter, course_sentences, own_reasons, reason_text
from staycourse.kernel import Words
from staycourse.web.addresses import learner_address, today_address
from staycourse.web.console.reasons import (
    BasisView,
    RiskView,
    absent_text,
    basis_view,
    live_text,
    next_step,
    raising_first,
    risk_view,
    value_text,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One learner who needs care."""

    address: str
    name: str
    learner: str
    course: str
    risk: RiskView
    why: str
    more: tuple[str, ...]
    rules: tuple[str, ...]
    cause: str
    suggestion: str
    tier: str
    core: bool
    value: str
    absent: str
    live: str
    due: str
    alert: AlertLink | None


@dataclass(frozen=True, slots=True)
class AlertLink:
    """The way from a row to the alert about it; `open` while nobody has it."""

    address: str
    text: str
    open: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter: where it leads, what it is called, how many it holds, whether it is in force."""

    address: str
    value: str
    name: str
    count: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class TodayView:
    """The page Today. `state` is `ready`, `clear` (nobody needs care), `no_match`, `not_run` or `nothing`.

    `of_courses` is what is the same of everybody in a course, told once; `anyone` leads to the learner of the id that
    was searched for, who need not be among those who need care.
    """

    state: str
    day: str
    as_of: str
    found: int
    found_text: str
    of_all: str
    change: str
    rows: tuple[Row, ...]
    asked: TodayFilter
    filtered: bool
    causes: tuple[Choice, ...]
    tiers: tuple[Choice, ...]
    courses: tuple[Choice, ...]
    basis: BasisView | None
    page: int
    pages: int
    place: str
    newer: str
    older: str
    gone: str = ""
    of_courses: tuple[str, ...] = ()
    anyone: str = ""


def today_view(
    today: Today,
    asked: TodayFilter,
    as_of: date | None,
    words: Words,
    alerts: Mapping[tuple[str, str], AlertLine] | None = None,
    present: date | None = None,
) -> TodayView:
    """Return the view of `today` for what was asked; `as_of` is the day that was asked for, None the newest.

    `alerts` are those that stand, by learner and cause; who reads some courses only is led to those of them.
    `present` is the present day, without which nothing is said of live risks.
    """
    known = alerts or {}
    kept: dict[str, str | int] = {
        "course": asked.course,
        "cause": asked.cause,
        "tier": asked.tier,
        "search": asked.search,
        "as_of": as_of.isoformat() if as_of else "",
    }
    filtered = any((asked.course, asked.cause, asked.tier, asked.search))
    return TodayView(
        state=_state(today, filtered),
        day=words.day(today.as_of) if today.as_of else "",
        as_of=str(kept["as_of"]),
        found=today.found,
        found_text=words.t("console.today.found", n=today.found, count=words.number(today.found)),
        of_all=words.t("console.today.of_all", n=today.enrolments, count=words.number(today.enrolments))
        if asked.within is None
        else "",
        change="" if filtered else _change(today, words),
        rows=tuple(_row(risk, asked, known.get((risk.learner, risk.cause)), words, present) for risk in today.rows),
        asked=asked,
        filtered=filtered,
        causes=_choices(today.by_cause, "cause", asked.cause, kept, words),
        tiers=_choices(today.by_tier, "tier", asked.tier, kept, words),
        courses=tuple(
            Choice("", course.course, course.title or course.course, "", course.course == asked.course)
            for course in today.courses
        ),
        basis=basis_view(today.basis, words) if today.basis else None,
        page=today.page,
        pages=today.pages,
        place=words.t("console.pages.place", page=words.number(today.page), pages=words.number(today.pages)),
        newer=today_address(**kept, page=today.page - 1) if today.page > 1 else "",
        older=today_address(**kept, page=today.page + 1) if today.page < today.pages else "",
        gone=words.t("console.today.gone", n=today.horizon_days) if today.as_of and today.horizon_days else "",
        of_courses=course_sentences(today.rows, words),
        anyone=learner_address(asked.search.strip()) if asked.search.strip() else "",
    )


def _state(today: Today, filtered: bool) -> str:
    if today.as_of is None:
        return "not_run" if today.anything else "nothing"
    if today.found:
        return "ready"
    return "no_match" if filtered else "clear"


def _change(today: Today, words: Words) -> str:
    if today.previous_as_of is None or today.previous_found is None:
        return ""
    # Only the whole list can be compared: what the run before had under these filters is not kept.
    difference = today.found - today.previous_found
    day = words.day(today.previous_as_of)
    if difference == 0:
        return words.t("console.today.change.same", day=day)
    kind = "more" if difference > 0 else "fewer"
    return words.t(f"console.today.change.{kind}", n=abs(difference), count=words.number(abs(difference)), day=day)


def _choices(
    counts: tuple[tuple[str, int], ...], family: str, chosen: str, kept: dict[str, str | int], words: Words
) -> tuple[Choice, ...]:
    """Return the counted choices; the one in force leads back to all, and stays visible even if it holds nobody."""
    shown = list(counts)
    if chosen and chosen not in dict(counts):
        shown.append((chosen, 0))
    return tuple(
        Choice(
            today_address(**(kept | {family: "" if name == chosen else name})),
            name,
            _choice_name(family, name, words) if name else words.t("console.none"),
            words.number(count),
            name == chosen,
        )
        for name, count in shown
        if name
    )


def _choice_name(family: str, name: str, words: Words) -> str:
    return words.named(family, name, "name" if family == "cause" else "")


def alert_link(line: AlertLine, words: Words) -> AlertLink:
    """Return the way to an alert that stands."""
    alert = line.alert
    text = words.t(f"alerts.one.{line.listed}", owner=line.owner)
    return AlertLink(f"/alerts/{alert.alert}", text, line.listed == "open")


def _row(
    risk: EnrolmentRisk, asked: TodayFilter, alert: AlertLine | None, words: Words, present: date | None
) -> Row:  # fmt: skip
    whys = [reason_text(reason, words) for reason in raising_first(own_reasons(risk.reasons))]
    rules = tuple(words.named("rule", rule, "name") for rule in risk.rules)
    first = whys[0] if whys else (rules[0] if rules else words.t("console.why.none"))
    suggestion, due = next_step(risk, alert, words)
    led = alert is not None and (asked.within is None or alert.alert.course in asked.within)
    return Row(
        address=learner_address(risk.learner),
        name=risk.name or risk.learner,
        learner=risk.learner if risk.name else "",
        course=risk.course_title or risk.course,
        risk=risk_view(risk.risk, words),
        why=first,
        more=tuple(whys[1:3]),
        rules=rules,
        cause=words.named("cause", risk.cause, "name") if risk.cause else "",
        suggestion=suggestion,
        tier=words.named("tier", risk.tier),
        core=risk.tier == "core",
        value=value_text(risk, words),
        absent=absent_text(risk.absent_days, words),
        live=live_text(risk.live, words, present),
        due=due,
        alert=alert_link(alert, words) if alert and led else None,
    )
