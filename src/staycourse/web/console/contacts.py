"""What was done for a learner, in words: journeys, messages, tasks, notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from staycourse.desk import JourneyLine, MessageLine, NoteLine, TaskLine
from staycourse.kernel import Words
from staycourse.web.addresses import learner_address
from staycourse.web.console.reader import due_words, moment_text, playbook_name

WAITING_TASKS = ("asked", "open", "claimed")


@dataclass(frozen=True, slots=True)
class JourneyView:
    """One journey: its playbook, where it stands or how it ended, and since when."""

    name: str
    state: str
    state_word: str
    stands: str
    since: str
    course: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message: what it is, where it stands and why, when."""

    address: str
    name: str
    learner: str
    learner_address: str
    course: str
    template: str
    playbook: str
    purpose: str
    state: str
    state_word: str
    why: str
    channel: str
    when: str
    error: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task of an advisor."""

    id: str
    address: str
    name: str
    learner: str
    learner_address: str
    course: str
    tier: str
    core: bool
    script: str
    cause: str
    minutes: str
    state: str
    state_word: str
    owner: str
    due: str
    due_at: str
    overdue: bool
    outcome: str
    when: str
    alert_address: str


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note."""

    author: str
    at: str
    text: str


def task_address(task: str) -> str:
    """Return the address of one task."""
    return "/desk/" + quote(task, safe=":")


def message_address(key: str) -> str:
    """Return the address of one message."""
    return "/deliveries/" + quote(key, safe=":")


def journey_view(line: JourneyLine, now: datetime, zone: ZoneInfo, words: Words) -> JourneyView:
    """Return the view of one journey."""
    active = line.state == "active"
    return JourneyView(
        name=playbook_name(line.playbook, line.title, words),
        state=line.state,
        state_word=words.named("journey.state", line.state),
        stands=_stands(line, now, words) if active else _left(line, zone, words),
        since=words.t("journey.since", moment=moment_text(line.entered, zone, words)),
        course=line.course_title,
    )


def message_view(line: MessageLine, now: datetime, zone: ZoneInfo, words: Words) -> MessageView:
    """Return the view of one message."""
    return MessageView(
        address=message_address(line.key),
        name=line.name or line.learner,
        learner=line.learner if line.name else "",
        learner_address=learner_address(line.learner),
        course=line.course_title,
        template=template_name(line.template, words),
        playbook=playbook_name(line.playbook, line.title, words) if line.playbook else "",
        purpose=words.named("purpose", line.purpose),
        state=line.state,
        state_word=message_state(line, words),
        why=message_why(line, now, zone, words),
        channel=line.channel,
        when=moment_text(line.sent or line.created, zone, words),
        error=words.told(line.error),
    )


def task_view(line: TaskLine, now: datetime, zone: ZoneInfo, words: Words) -> TaskView:
    """Return the view of one task."""
    waits = line.state in WAITING_TASKS
    return TaskView(
        id=line.task,
        address=task_address(line.task),
        name=line.name or line.learner,
        learner=line.learner if line.name else "",
        learner_address=learner_address(line.learner),
        course=line.course_title,
        tier=words.named("tier", line.tier),
        core=line.tier == "core",
        script=words.t("playbooks.comma").join(words.named("script", one, "name") for one in (line.script, *line.also)),
        cause=words.named("cause", line.cause, "name") if line.cause else "",
        minutes=words.t("care.minutes", n=line.minutes),
        state=line.state,
        state_word=_task_state(line, words),
        owner=line.owner,
        due=due_words(line.due, now, words) if waits else "",
        due_at=moment_text(line.due, zone, words),
        overdue=waits and line.due < now,
        outcome=task_outcome(line, words),
        when=moment_text(line.finished or line.created, zone, words),
        alert_address=f"/alerts/{line.alert}" if line.alert else "",
    )


def note_view(line: NoteLine, zone: ZoneInfo, words: Words) -> NoteView:
    """Return the view of one note."""
    return NoteView(line.author, moment_text(line.at, zone, words), line.text)


def message_state(line: MessageLine, words: Words) -> str:
    """Return where a message stands in a word or two; one whose try failed is not being sent, it waits for the next."""
    again = line.state == "claimed" and line.attempts
    return words.named("message.state", "again" if again else line.state)


def message_why(line: MessageLine, now: datetime, zone: ZoneInfo, words: Words) -> str:
    """Return why a message stands where it does: until when it waits, what held it back, what went wrong."""
    why = words.named("withheld", line.reason) if line.reason else ""
    if line.state == "pending" and line.due > now:
        until = words.t("message.until", moment=moment_text(line.due, zone, words))
        return words.t("care.joined", first=why, second=until) if why else until
    if line.state == "claimed" and line.attempts:
        return words.t("message.attempts", n=line.attempts)
    return why


def task_outcome(line: TaskLine, words: Words) -> str:
    """Return how a task ended, or why it is not in the queue, or would not be if nobody had claimed it."""
    if line.state in ("withheld", "dropped", "claimed"):
        return words.named("withheld", line.reason) if line.reason else ""
    if not line.outcome:
        return ""
    said = words.named("task.outcome", line.outcome)
    if not line.told:
        return said
    return words.t("care.joined", first=said, second=words.named("cause", line.told, "name"))


def template_name(template: str, words: Words) -> str:
    """Return what a template is called; its bare name if the operator made it."""
    return words.named("template", template, "name") if template else words.t("message.no_words")


def _task_state(line: TaskLine, words: Words) -> str:
    if line.state == "claimed":
        return words.t("task.state.claimed_by", owner=line.owner)
    return words.named("task.state", line.state)


def _stands(line: JourneyLine, now: datetime, words: Words) -> str:
    kind = words.named("journey.step", line.kind) if line.kind else line.step
    if line.due > now:
        return words.t("journey.stands.until", step=kind, span=due_words(line.due, now, words))
    return words.t("journey.stands", step=kind)


def _left(line: JourneyLine, zone: ZoneInfo, words: Words) -> str:
    if line.state == "held_out":
        return words.t("journey.held_out")
    why = words.named("journey.reason", line.reason) if line.reason else words.named("journey.state", line.state)
    moment = moment_text(line.left_at, zone, words)
    return words.t("journey.ended", why=why, moment=moment) if moment else why
