"""Alerts as views: the ranked list and one alert, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from staycourse.desk import (
    ENDED,
    NOBODY,
    AlertFilter,
    AlertLine,
    AlertList,
    AlertStory,
    Reason,
    course_reasons,
    own_reasons,
    reason_text,
)
from staycourse.kernel import Words
from staycourse.web.addresses import learner_address
from staycourse.web.console.contacts import JourneyView, NoteView, TaskView, journey_view, note_view, task_view
from staycourse.web.console.lists import Paging, list_address, list_state, overdue_text, paging, state_choices
from staycourse.web.console.reader import due_words, moment_text, playbook_name
from staycourse.web.console.reasons import Push, RiskView, raising_first, reason_pushes, risk_view, suggestion_text
from staycourse.web.console.today import Choice

STATES = ("open", "answered", "held_out", "taken", "snoozed", "ended")
MAY_BE_LATE = ("", "open", "taken")
"""The lists in which an alert can be overdue."""
SNOOZE_DAYS = (1, 3, 7)


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert. `answer` is what was chosen, or why nothing is sent; `ending` how it ended, once it has.

    Of one that is to be left alone there is no `suggestion`.
    """

    id: str
    address: str
    learner_address: str
    name: str
    learner: str
    course: str
    tier: str
    core: bool
    cause: str
    trigger: str
    risk: RiskView | None
    why: tuple[str, ...]
    rules: tuple[str, ...]
    suggestion: str
    answer: str
    answer_kind: str
    state: str
    state_word: str
    owner: str
    due: str
    due_at: str
    overdue: bool
    ending: str
    outcome: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertsView:
    """The page Alerts. `state` is ready, clear (nobody waits), no_match or nothing (no alert was ever opened).

    `heading` says whom the list shows.
    """

    state: str
    heading: str
    asked: AlertFilter
    found_text: str
    overdue_text: str
    overdue_address: str
    rows: tuple[AlertView, ...]
    states: tuple[Choice, ...]
    tiers: tuple[Choice, ...]
    causes: tuple[Choice, ...]
    owners: tuple[Choice, ...]
    courses: tuple[Choice, ...]
    filtered: bool
    paging: Paging


@dataclass(frozen=True, slots=True)
class AlertStoryView:
    """The page of one alert."""

    alert: AlertView
    facts: tuple[tuple[str, str], ...]
    pushes: tuple[Push, ...]
    of_course: tuple[Push, ...]
    explain: str
    journeys: tuple[JourneyView, ...]
    tasks: tuple[TaskView, ...]
    notes: tuple[NoteView, ...]


def alerts_address(asked: AlertFilter, **changed: str | int | bool) -> str:
    """Return the address of the list for what was asked, with some of it changed; page 1 unless said."""
    wanted = replace(asked, **({"page": 1} | changed))  # type: ignore[arg-type]
    fields: Mapping[str, str | int] = {
        "state": wanted.state, "tier": wanted.tier, "cause": wanted.cause, "owner": wanted.owner,
        "course": wanted.course, "search": wanted.search, "overdue": "1" if wanted.overdue else "",
        "page": wanted.page if wanted.page > 1 else "",
    }  # fmt: skip
    return list_address("/alerts", fields)


def alert_address(alert: str) -> str:
    """Return the address of one alert."""
    return f"/alerts/{alert}"


def alerts_view(found: AlertList, asked: AlertFilter, now: datetime, zone: ZoneInfo, words: Words) -> AlertsView:
    """Return the view of a page of alerts."""
    t = words.t
    filtered = any((asked.tier, asked.cause, asked.owner, asked.course, asked.search, asked.overdue))
    kind = asked.state or "to_answer"
    return AlertsView(
        state=list_state(found, narrowed=filtered or bool(asked.state)),
        heading=t(f"alerts.heading.{asked.state}" if asked.state else "alerts.heading"),
        asked=asked,
        found_text=t(f"alerts.found.{kind}", n=found.found, count=words.number(found.found)),
        overdue_text=overdue_text("alerts", found.overdue if asked.state in MAY_BE_LATE else 0, words),
        overdue_address=alerts_address(asked, state="", overdue=not asked.overdue),
        rows=tuple(alert_view(line, now, zone, words) for line in found.rows),
        states=_states(found, asked, words),
        tiers=_facet(found.by_tier, "tier", asked.tier, asked, words),
        causes=_facet(found.by_cause, "cause", asked.cause, asked, words),
        owners=_owners(found, asked, words),
        courses=tuple(
            Choice("", course.course, course.title or course.course, "", course.course == asked.course)
            for course in found.courses
        ),
        filtered=filtered,
        paging=paging(found, lambda page: alerts_address(asked, page=page), words),
    )


def alert_view(line: AlertLine, now: datetime, zone: ZoneInfo, words: Words) -> AlertView:
    """Return the view of one alert."""
    alert = line.alert
    stands = alert.state not in ENDED
    waits = stands and not line.settled
    own = own_reasons(_reasons(alert.reasons))
    answer_kind, answer = answer_text(line, words)
    return AlertView(
        id=alert.alert,
        address=alert_address(alert.alert),
        learner_address=learner_address(alert.learner),
        name=line.name or alert.learner,
        learner=alert.learner if line.name else "",
        course=line.course_title,
        tier=words.named("tier", alert.tier),
        core=alert.tier == "core",
        cause=words.named("cause", alert.cause, "name"),
        trigger=words.named("trigger", alert.trigger),
        risk=risk_view(alert.risk, words) if alert.risk > 0 else None,
        why=tuple(reason_text(reason, words) for reason in raising_first(own)[:3]),
        rules=tuple(words.named("rule", rule, "name") for rule in alert.rules),
        suggestion=suggestion_text(alert.suggestion, line, words),
        answer=answer,
        answer_kind=answer_kind,
        state=alert.state,
        state_word=state_text(line, zone, words),
        owner=line.owner,
        due=due_words(alert.due, now, words) if waits else "",
        due_at=moment_text(alert.due, zone, words),
        overdue=waits and alert.due < now,
        ending=_ending(line, zone, words) if not stands else "",
        outcome=_outcome(line, words),
        actions=_actions(alert.state),
    )


def alert_story_view(story: AlertStory, now: datetime, zone: ZoneInfo, words: Words) -> AlertStoryView:
    """Return the page of one alert."""
    t, line = words.t, story.line
    alert = line.alert
    facts = (
        ("opened", moment_text(alert.opened, zone, words)),
        ("trigger", words.named("trigger", alert.trigger)),
        ("as_of", words.day(alert.as_of)),
        ("seen_on", words.day(alert.seen_on)),
        ("due", moment_text(alert.due, zone, words)),
        ("taken", moment_text(line.taken, zone, words)),
        ("basis", words.named("choice.basis", line.basis) if line.basis else ""),
        ("policy", str(alert.policy_version)),
        ("horizon", t("console.days", n=alert.horizon_days)),
    )
    return AlertStoryView(
        alert=alert_view(line, now, zone, words),
        facts=tuple((t(f"alerts.fact.{name}"), value) for name, value in facts if value),
        pushes=reason_pushes(own_reasons(_reasons(alert.reasons)), words),
        of_course=reason_pushes(course_reasons(_reasons(alert.reasons)), words),
        explain=_explained(alert.cause, words),
        journeys=tuple(journey_view(one, now, zone, words) for one in story.journeys),
        tasks=tuple(task_view(one, now, zone, words) for one in story.tasks),
        notes=tuple(note_view(one, zone, words) for one in story.notes),
    )


def answer_text(line: AlertLine, words: Words) -> tuple[str, str]:
    """Return what answers an alert, as a kind (chosen, held_out, none, waiting) and a sentence."""
    name = playbook_name(line.playbook, line.title, words)
    if line.arm == "held_out":
        whole = line.playbook in ("", "*")
        return "held_out", words.t("alerts.answer.held_out" if whole else "alerts.answer.held_out_of", playbook=name)
    if line.withheld:
        return "none", words.t("alerts.answer.none", why=words.named("withheld", line.withheld))
    if line.playbook:
        return "chosen", words.t("alerts.answer.chosen", playbook=name)
    return ("waiting", words.t("alerts.answer.waiting")) if line.alert.state not in ENDED else ("none", "")


def state_text(line: AlertLine, zone: ZoneInfo, words: Words) -> str:
    """Return where an alert stands, with who has it or until when it sleeps."""
    alert = line.alert
    if alert.state == "taken":
        return words.t("alerts.state.taken_by", owner=line.owner)
    if alert.state == "snoozed":
        return words.t("alerts.state.snoozed_until", moment=moment_text(alert.snoozed_until, zone, words))
    return words.named("alerts.state", line.listed)


def _actions(state: str) -> tuple[str, ...]:
    return {"open": ("take", "done"), "taken": ("done", "release"), "snoozed": ("take", "release")}.get(state, ())


def _ending(line: AlertLine, zone: ZoneInfo, words: Words) -> str:
    alert = line.alert
    how = words.named("alerts.ended", alert.closed_by or alert.state)
    said = words.t("alerts.ended.at", how=how, moment=moment_text(alert.closed, zone, words))
    return words.t("alerts.ended.by", said=said, owner=line.owner) if line.owner else said


def _outcome(line: AlertLine, words: Words) -> str:
    if not line.outcome:
        return words.t("alerts.outcome.not_yet") if line.alert.state in ENDED else ""
    said = words.named("alerts.outcome", line.outcome)
    if line.lead_days is None:
        return said
    return words.t("alerts.outcome.lead", outcome=said, days=words.t("console.days", n=line.lead_days))


def _reasons(given: Sequence[Mapping[str, object]]) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            signal=str(one.get("signal", "")),
            category=str(one.get("category", "")),
            contribution=float(str(one.get("contribution") or 0)),
            value=None if one.get("value") is None else float(str(one["value"])),
        )
        for one in given
    )


def _explained(cause: str, words: Words) -> str:
    key = f"cause.{cause}.explain"
    return words.t(key) if words.translator.has(key) else ""


def _states(found: AlertList, asked: AlertFilter, words: Words) -> tuple[Choice, ...]:
    counts = dict(found.by_state)
    counts["ended"] = sum(counts.pop(name, 0) for name in ENDED)
    names = {name: words.t(f"alerts.state.{name}") for name in STATES}
    return state_choices(counts, asked.state, names, lambda state: alerts_address(asked, state=state), words)


def _facet(
    counts: tuple[tuple[str, int], ...], family: str, chosen: str, asked: AlertFilter, words: Words
) -> tuple[Choice, ...]:
    shown = [*counts, *([(chosen, 0)] if chosen and chosen not in dict(counts) else [])]
    part = "name" if family == "cause" else ""
    return tuple(
        Choice(
            alerts_address(asked, **{family: "" if name == chosen else name}),
            name,
            words.named(family, name, part),
            words.number(count),
            name == chosen,
        )
        for name, count in shown
        if name
    )


def _owners(found: AlertList, asked: AlertFilter, words: Words) -> tuple[Choice, ...]:
    names = [*found.owners, *([asked.owner] if asked.owner not in ("", NOBODY, *found.owners) else [])]
    nobody = Choice("", NOBODY, words.t("alerts.owner.nobody"), "", asked.owner == NOBODY)
    return (nobody, *(Choice("", name, name, "", name == asked.owner) for name in names))
