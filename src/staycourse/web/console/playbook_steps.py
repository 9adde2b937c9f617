"""The steps of a playbook in words and as a drawn picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from staycourse.desk.playbooks import END, PlaybookStory, Way, ways_of
from staycourse.kernel import Words
from staycourse.policy import (
    RETURN,
    TASK,
    BranchStep,
    EndStep,
    OfferStep,
    PlaybookPolicy,
    SendStep,
    Step,
    SurveyStep,
    TaskStep,
    WaitStep,
    WebhookStep,
)
from staycourse.web.console.contacts import template_name
from staycourse.web.console.reader import span_text
from staycourse.web.flow import TEXT_WIDTH, Arrow, Box, Flow, drawn
from staycourse.web.lettering import wrapped


@dataclass(frozen=True, slots=True)
class StepView:
    """One step in words, for the list that says what the picture shows."""

    title: str
    detail: str
    counts: str
    leads: tuple[str, ...]


def verb_text(verb: str, words: Words) -> str:
    """Return what an event is called; `return` is any learning, `task` the outcome of one."""
    return (
        words.t({RETURN: "playbooks.return", TASK: "playbooks.outcome"}[verb])
        if verb in (RETURN, TASK)
        else words.named("verb", verb)
    )


def step_text(step: Step, words: Words) -> tuple[str, str]:
    """Return what a step does, and the rest of it."""
    t = words.t
    match step:
        case SendStep():
            leads = t("playbooks.step.link", name=step.link) if step.link else ""
            detail = listed([one for one in (_channels(step.channels, words), leads) if one], words)
            return t("playbooks.step.send", what=template_name(step.template, words)), detail
        case WaitStep():
            span = span_text(timedelta(days=step.days, hours=step.hours), words)
            until = t("playbooks.step.until", event=verb_text(step.until, words)) if step.until else ""
            return t("playbooks.step.wait", span=span), until
        case BranchStep():
            return _question(step, words), ""
        case OfferStep():
            return t("playbooks.step.offer", what=step.campaign.replace("_", " ")), t("playbooks.step.offer.rule")
        case TaskStep():
            cause = task_name(step.script, words)
            by = t("playbooks.step.by", span=span_text(timedelta(hours=step.within_hours), words))
            return t("playbooks.step.task", what=cause), f"{t('care.minutes', n=step.minutes)}, {by}"
        case SurveyStep():
            return t("playbooks.step.survey", what=template_name(step.template, words)), _channels(step.channels, words)
        case WebhookStep():
            return t("playbooks.step.webhook"), step.channel
        case _:
            return t("playbooks.step.end"), ""


def _question(step: BranchStep, words: Words) -> str:
    t = words.t
    if step.on == "event":
        within = t("console.days", n=step.within_days) if step.within_days else ""
        event = verb_text(step.name, words)
        return t("playbooks.step.event.within", event=event, days=within) if within else t(
            "playbooks.step.event", event=event)  # fmt: skip
    if step.on == "task":
        return t("playbooks.step.outcome", name=task_name(step.name, words), outcome=t(f"task.outcome.{step.words}"))
    name = (
        words.named("signal", step.name, "name") if step.on == "signal" else words.named("playbooks.asked", step.name)
    )
    wanted = words.named("tier", step.words) if step.name == "tier" else step.words
    compared = f"{step.op} {step.at:g}" if step.at is not None else wanted
    return t(f"playbooks.step.{step.on}", name=name, compared=compared)


def task_name(script: str, words: Words) -> str:
    """Return what a task is about: the cause of that name, else the script's own."""
    return words.named("cause" if words.translator.has(f"cause.{script}.name") else "script", script, "name")


def _channels(channels: Sequence[str], words: Words) -> str:
    return listed([words.named("channel", one) for one in channels], words) if channels else ""


def flow_of(book: PlaybookPolicy, story: PlaybookStory, words: Words) -> Flow:
    """Return the picture of a playbook, with who stands where."""
    boxes = []
    for step in book.steps:
        title, detail = step_text(step, words)
        kind = step.__struct_config__.tag
        count = _count_text(step, story, words)
        boxes.append(
            Box(step.id, str(kind), wrapped(title, TEXT_WIDTH), wrapped(detail, TEXT_WIDTH) if detail else (), count)
        )
    ways = list(ways_of(book.steps))
    if any(way.target == END for way in ways):
        boxes.append(Box(END, "end", (words.t("playbooks.step.end"),)))
    return drawn(boxes, [Arrow(way.source, way.target, _way_label(way, book, words), way.kind) for way in ways])


def _way_label(way: Way, book: PlaybookPolicy, words: Words) -> str:
    if way.kind == "next":
        return ""
    if way.kind == "event":
        (wait,) = (step for step in book.steps if step.id == way.source)
        return verb_text(wait.until, words) if isinstance(wait, WaitStep) else ""
    return words.t(f"playbooks.way.{way.kind}")


def _count_text(step: Step, story: PlaybookStory, words: Words) -> str:
    """Return who stands at a step, and how many went through it where that is kept."""
    if isinstance(step, EndStep):
        return ""
    t = words.t
    here = story.standing.get(step.id, 0)
    said = [t("playbooks.here", count=words.number(here))] if here or isinstance(step, WaitStep) else []
    if step.id in story.made or not isinstance(step, WaitStep | BranchStep):
        said.append(t("playbooks.passed", count=words.number(story.made.get(step.id, 0))))
    return " · ".join(said)


def steps_of(book: PlaybookPolicy, story: PlaybookStory, words: Words) -> tuple[StepView, ...]:
    """Return the steps in words, for whoever does not see the picture."""
    names = {step.id: step_text(step, words)[0] for step in book.steps} | {END: words.t("playbooks.step.end")}
    leads: dict[str, list[str]] = {}
    for way in ways_of(book.steps):
        label = _way_label(way, book, words)
        key = "playbooks.leads.if" if label else "playbooks.leads"
        leads.setdefault(way.source, []).append(words.t(key, label=label, target=names[way.target]))
    return tuple(
        StepView(*step_text(step, words), _count_text(step, story, words), tuple(leads.get(step.id, ())))
        for step in book.steps
    )


def listed(names: Sequence[str], words: Words) -> str:
    """Return names one after the other, as the language puts them."""
    return words.t("playbooks.comma").join(names)
