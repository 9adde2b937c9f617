"""The advisors' desk as views: the queue, one task with its script, and the month's minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from staycourse.desk import IN_QUEUE, TaskFilter, TaskQueue, TaskStory
from staycourse.kernel import Words
from staycourse.policy import TASK_OUTCOMES
from staycourse.web.console.alerts import AlertView, alert_view
from staycourse.web.console.contacts import (
    MessageView,
    NoteView,
    TaskView,
    message_view,
    note_view,
    task_view,
)
from staycourse.web.console.lists import Paging, list_address, list_state, overdue_text, paging, state_choices
from staycourse.web.console.today import Choice

STATES = ("claimed", "done", "dropped", "withheld")
SCRIPT_PARTS = ("open", "ask", "offer", "never")


@dataclass(frozen=True, slots=True)
class BudgetView:
    """The month's minutes: in words, and as a share of the budget for its bar (None where there is no bound)."""

    text: str
    share: float | None
    level: str


@dataclass(frozen=True, slots=True)
class DeskView:
    """The page. `state` is ready, clear (the queue is empty), no_match or nothing (no task was ever asked for)."""

    state: str
    asked: TaskFilter
    found_text: str
    overdue_text: str
    overdue_address: str
    rows: tuple[TaskView, ...]
    states: tuple[Choice, ...]
    budget: BudgetView
    filtered: bool
    paging: Paging


@dataclass(frozen=True, slots=True)
class ScriptView:
    """What to say, part by part; `written` is False where nobody has written one for this name."""

    name: str
    written: bool
    parts: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """The page of one task."""

    task: TaskView
    scripts: tuple[ScriptView, ...]
    reach: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    minor: bool
    alert: AlertView | None
    notes: tuple[NoteView, ...]
    history: tuple[MessageView, ...]
    before: tuple[TaskView, ...]
    said: tuple[NoteView, ...]
    outcomes: tuple[tuple[str, str], ...]
    causes: tuple[tuple[str, str], ...]
    in_queue: bool
    mine: bool


def desk_address(asked: TaskFilter, **changed: str | int | bool) -> str:
    """Return the address of the queue for what was asked, with some of it changed; page 1 unless said."""
    wanted = replace(asked, **({"page": 1} | changed))  # type: ignore[arg-type]
    fields: Mapping[str, str | int] = {
        "state": wanted.state, "owner": wanted.owner, "search": wanted.search,
        "overdue": "1" if wanted.overdue else "", "page": wanted.page if wanted.page > 1 else "",
    }  # fmt: skip
    return list_address("/desk", fields)


def desk_view(found: TaskQueue, asked: TaskFilter, actor: str, now: datetime, zone: ZoneInfo, words: Words) -> DeskView:
    """Return the view of a page of the queue, as `actor` sees it."""
    t = words.t
    filtered = bool(asked.owner or asked.search or asked.overdue)
    return DeskView(
        state=list_state(found, narrowed=filtered or bool(asked.state)),
        asked=asked,
        found_text=t(f"advisors.found.{asked.state or 'queue'}", n=found.found, count=words.number(found.found)),
        overdue_text=overdue_text("advisors", found.overdue if asked.state in ("", "claimed") else 0, words),
        overdue_address=desk_address(asked, state="", overdue=not asked.overdue),
        rows=tuple(task_view(line, now, zone, words) for line in found.rows),
        states=(*_states(found, asked, words), _mine(asked, actor, words)),
        budget=_budget(found, words),
        filtered=filtered,
        paging=paging(found, lambda page: desk_address(asked, page=page), words),
    )


def task_page(story: TaskStory, actor: str, now: datetime, zone: ZoneInfo, words: Words) -> TaskPage:
    """Return the page of one task. With a minor the guardian's script comes first."""
    line, learner = story.line, story.learner
    names = (["guardian"] if story.minor else []) + [line.script, *line.also]
    facts = (
        ("language", words.locale.languages.get((learner.language or "").split("-")[0], learner.language or "")),
        ("zone", learner.zone or ""),
        ("local_time", words.clock(now.astimezone(_zone(learner.zone, zone)))),
        ("guardian", learner.guardian or ""),
        ("playbook", line.title.of(words.language) if line.title else line.playbook),
    )
    return TaskPage(
        task=task_view(line, now, zone, words),
        scripts=tuple(script_view(name, words) for name in names),
        reach=tuple(
            (
                words.named("address", address.kind),
                address.target if address.kind in ("email", "phone") else words.t("advisors.reach.device"),
                words.t("advisors.reach.guardian") if address.guardian else "",
            )
            for address in story.addresses
            if address.disabled is None
        ),
        facts=tuple((words.t(f"advisors.fact.{name}"), value) for name, value in facts if value),
        minor=story.minor,
        alert=alert_view(story.alert, now, zone, words) if story.alert else None,
        notes=tuple(note_view(note, zone, words) for note in story.notes),
        history=tuple(message_view(one, now, zone, words) for one in story.history),
        before=tuple(task_view(one, now, zone, words) for one in story.before),
        said=tuple(note_view(note, zone, words) for note in story.said),
        outcomes=tuple((name, words.t(f"task.outcome.{name}")) for name in TASK_OUTCOMES),
        causes=tuple((cause, words.named("cause", cause, "name")) for cause in story.causes),
        in_queue=line.state in IN_QUEUE,
        mine=line.state == "claimed" and line.owner == actor,
    )


def script_view(name: str, words: Words) -> ScriptView:
    """Return a script in words: each part's title and its lines."""
    written = words.translator.has(f"script.{name}.open")
    parts = tuple(
        (part, words.t(f"advisors.script.{part}"), tuple(words.t(f"script.{name}.{part}").splitlines()))
        for part in SCRIPT_PARTS
        if written
    )
    return ScriptView(words.named("script", name, "name"), written, parts)


def _zone(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else otherwise
    except (ValueError, OSError):
        return otherwise


def _budget(found: TaskQueue, words: Words) -> BudgetView:
    used = words.number(found.minutes_used)
    if found.minutes_bound == "unlimited":
        return BudgetView(words.t("advisors.budget.unlimited", used=used), None, "low")
    share = min(1.0, found.minutes_used / found.minutes_bound) if found.minutes_bound else 1.0
    text = words.t("advisors.budget", used=used, bound=words.number(found.minutes_bound))
    return BudgetView(text, share, "very_high" if share >= 0.9 else "high" if share >= 0.7 else "low")


def _states(found: TaskQueue, asked: TaskFilter, words: Words) -> tuple[Choice, ...]:
    names = {name: words.t(f"task.state.{name}") for name in STATES}
    return state_choices(found.by_state, asked.state, names, lambda state: desk_address(asked, state=state), words)


def _mine(asked: TaskFilter, actor: str, words: Words) -> Choice:
    chosen = asked.owner == actor
    address = desk_address(asked, owner="" if chosen else actor)
    return Choice(address, actor, words.t("advisors.mine"), "", chosen)
