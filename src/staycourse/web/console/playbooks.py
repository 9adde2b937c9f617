"""Playbooks as views: the list, and one with the drawn picture of its journey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from staycourse.desk.playbooks import PlaybookCounts, PlaybookLine, PlaybookList, PlaybookStory, SceneLine, Traveller
from staycourse.kernel import Words
from staycourse.policy import (
    PlaybookPolicy,
)
from staycourse.review.telling import change_text, enters_text
from staycourse.web.addresses import learner_address
from staycourse.web.console.alerts import alert_address
from staycourse.web.console.choices import ChoicesView, choices_view
from staycourse.web.console.playbook_steps import StepView, flow_of, listed, step_text, steps_of, verb_text
from staycourse.web.console.reader import due_words, moment_text
from staycourse.web.console.today import Choice
from staycourse.web.flow import Flow

STATES = ("active", "left", "done", "held_out")
MOST_CHANGES = 12


@dataclass(frozen=True, slots=True)
class PlaybookView:
    """One playbook in a few words and counts."""

    name: str
    address: str
    title: str
    enters: str
    purpose: str
    priority: str
    holdout: str
    counts: tuple[tuple[str, str], ...]
    off: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class SceneView:
    """One scene preset and what it changes."""

    name: str
    in_force: bool
    changes: tuple[str, ...]
    more: str


@dataclass(frozen=True, slots=True)
class PlaybooksView:
    """The page of all playbooks."""

    causes: tuple[PlaybookView, ...]
    lifecycle: tuple[PlaybookView, ...]
    gone: tuple[PlaybookView, ...]
    scenes: tuple[SceneView, ...]
    choices: ChoicesView | None


@dataclass(frozen=True, slots=True)
class TravellerView:
    """One learner's journey in words."""

    address: str
    name: str
    learner: str
    course: str
    tier: str
    core: bool
    stands: str
    since: str
    alert_address: str


@dataclass(frozen=True, slots=True)
class PlaybookStoryView:
    """The page of one playbook."""

    playbook: PlaybookView
    facts: tuple[tuple[str, str], ...]
    flow: Flow | None
    picture: str
    steps: tuple[StepView, ...]
    reasons: tuple[tuple[str, str, float], ...]
    states: tuple[Choice, ...]
    found: str
    rows: tuple[TravellerView, ...]
    pages: int
    place: str
    newer: str
    older: str


def playbook_address(name: str, **asked: str | int) -> str:
    """Return the address of one playbook."""
    more = "&".join(f"{key}={value}" for key, value in asked.items() if value not in ("", "active", 1))
    return "/playbooks/" + quote(name, safe="") + (f"?{more}" if more else "")


def playbooks_view(found: PlaybookList, words: Words) -> PlaybooksView:
    """Return the view of all playbooks."""
    views = [(line, playbook_view(line, words)) for line in found.rows]
    return PlaybooksView(
        causes=tuple(view for line, view in views if line.policy and line.policy.enter.causes),
        lifecycle=tuple(view for line, view in views if line.policy and not line.policy.enter.causes),
        gone=tuple(view for line, view in views if line.policy is None),
        scenes=tuple(_scene(scene, words) for scene in found.scenes),
        choices=choices_view(found.choice, words) if found.choice else None,
    )


def playbook_view(line: PlaybookLine, words: Words) -> PlaybookView:
    """Return the view of one playbook."""
    book = line.policy
    return PlaybookView(
        name=line.name,
        address=playbook_address(line.name),
        title=book.title.of(words.language) if book else line.name.replace("_", " "),
        enters=enters_text(book.enter, words) if book else words.t("playbooks.gone"),
        purpose=words.named("purpose", book.purpose) if book else "",
        priority=words.number(book.priority) if book else "–",
        holdout=words.percent(book.holdout_share, 1) if book else "–",
        counts=_counts(line.counts, words),
        off=bool(book and not book.enabled),
        gone=book is None,
    )


def playbook_story_view(story: PlaybookStory, now: datetime, zone: ZoneInfo, words: Words) -> PlaybookStoryView:
    """Return the view of one playbook with its picture."""
    book, t = story.line.policy, words.t
    view = playbook_view(story.line, words)
    all_reasons = sum(count for _, count in story.reasons)
    return PlaybookStoryView(
        playbook=view,
        facts=_facts(book, words) if book else (),
        flow=flow_of(book, story, words) if book else None,
        picture=t("playbooks.flow.says", title=view.title, n=len(book.steps)) if book else "",
        steps=steps_of(book, story, words) if book else (),
        reasons=tuple(
            (words.named("journey.reason", reason), words.number(count), count / all_reasons)
            for reason, count in story.reasons
        ),
        states=tuple(
            Choice(
                playbook_address(story.line.name, state=state),
                state,
                words.named("journey.state", state),
                words.number(getattr(story.line.counts, state)),
                state == story.state,
            )
            for state in STATES
        ),
        found=t(f"playbooks.found.{story.state}", n=story.found, count=words.number(story.found)),
        rows=tuple(_traveller(row, book, now, zone, words) for row in story.rows),
        pages=story.pages,
        place=t("console.pages.place", page=words.number(story.page), pages=words.number(story.pages)),
        newer=playbook_address(story.line.name, state=story.state, page=story.page - 1) if story.page > 1 else "",
        older=playbook_address(story.line.name, state=story.state, page=story.page + 1)
        if story.page < story.pages
        else "",
    )


def _counts(counts: PlaybookCounts, words: Words) -> tuple[tuple[str, str], ...]:
    names = ("entered", "active", "done", "left", "held_out")
    return tuple((words.t(f"playbooks.count.{name}"), words.number(getattr(counts, name))) for name in names)


def _facts(book: PlaybookPolicy, words: Words) -> tuple[tuple[str, str], ...]:
    t = words.t
    again = book.again_after_days
    leave = [words.named("journey.reason", reason) for reason in book.leave_on]
    facts = [
        (t("playbooks.fact.enters"), enters_text(book.enter, words)),
        (t("playbooks.fact.purpose"), words.named("purpose", book.purpose)),
        (t("playbooks.fact.priority"), words.number(book.priority)),
        (t("playbooks.fact.holdout"), words.percent(book.holdout_share, 1)),
        (t("playbooks.fact.again"), t("playbooks.never") if again == "never" else t("console.days", n=again)),
        (t("playbooks.fact.leave"), listed(leave, words) if leave else t("playbooks.never")),
    ]
    if book.goal:
        facts.append((t("playbooks.fact.goal"), verb_text(book.goal, words)))
    return tuple(facts)


def _scene(scene: SceneLine, words: Words) -> SceneView:
    rest = len(scene.changes) - MOST_CHANGES
    return SceneView(
        name=words.named("scene", scene.scene),
        in_force=scene.in_force,
        changes=tuple(change_text(change, words) for change in scene.changes[:MOST_CHANGES]),
        more=words.t("playbooks.scene.more", n=rest) if rest > 0 else "",
    )


def _traveller(
    row: Traveller, book: PlaybookPolicy | None, now: datetime, zone: ZoneInfo, words: Words
) -> TravellerView:
    step = next((one for one in book.steps if one.id == row.step), None) if book else None
    if row.state == "active":
        stands = step_text(step, words)[0] if step else row.step.replace("_", " ")
        stands = words.t("playbooks.stands", step=stands, due=due_words(row.due, now, words)) if row.due else stands
    elif row.state == "held_out":
        stands = words.t("journey.held_out")
    else:
        why = words.named("journey.reason", row.reason)
        stands = words.t("journey.ended", why=why, moment=moment_text(row.left_at, zone, words))
    return TravellerView(
        address=learner_address(row.learner),
        name=row.name or row.learner,
        learner=row.learner if row.name else "",
        course=row.course_title,
        tier=words.named("tier", row.tier),
        core=row.tier == "core",
        stands=stands,
        since=words.t("journey.since", moment=moment_text(row.entered, zone, words)),
        alert_address=alert_address(row.alert) if row.alert else "",
    )
