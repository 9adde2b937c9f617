"""Playbooks into rows: every step as one node that set-based SQL can follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from staycourse.policy import (
    BranchStep,
    OfferStep,
    PlaybookPolicy,
    Policy,
    SendStep,
    Step,
    SurveyStep,
    TaskStep,
    WaitStep,
    WebhookStep,
    following_of,
)

HOUR = 3_600_000_000
"""Microseconds of an hour: nodes count their delays in microseconds."""

MESSAGE_KINDS = ("send", "offer", "survey", "webhook")


@dataclass(frozen=True, slots=True)
class Node:
    """One step of one playbook. `next`, `event`, `yes` and `no` are ids of steps, "" is the end.

    `delay` is microseconds from arriving to acting, `awaits` the event that ends a wait early, `fact` what a branch
    asks, `stale` microseconds after which its message is dropped (None never), `details` what the message needs beside.
    A task's script is in `words`, its minutes in `number`, the time it is due in `within`.
    """

    playbook: str
    step: str
    kind: str
    first: bool
    purpose: str
    priority: int
    next: str = ""
    event: str = ""
    yes: str = ""
    no: str = ""
    delay: int = 0
    awaits: str = ""
    fact: str = ""
    op: str = ""
    number: float | None = None
    words: str = ""
    within: int | None = None
    template: str = ""
    stale: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def nodes_of(policy: Policy) -> Iterator[Node]:
    """Yield the nodes of every enabled playbook of `policy`, in the order of their steps."""
    for name, playbook in policy.playbooks.items():
        if playbook.enabled:
            for place in range(len(playbook.steps)):
                yield _node(name, playbook, place, policy)


def _node(name: str, playbook: PlaybookPolicy, place: int, policy: Policy) -> Node:
    step = playbook.steps[place]
    after = "" if step.__struct_config__.tag == "end" else step.next or following_of(playbook.steps, place)
    stale = policy.care.quiet_hours.stale_hours
    return Node(
        playbook=name,
        step=step.id,
        kind=str(step.__struct_config__.tag),
        first=place == 0,
        purpose=playbook.purpose,
        priority=playbook.priority,
        next=after,
        stale=None if stale == "never" else stale * HOUR,
        **_particular(step, after, policy),
    )


def _particular(step: Step, after: str, policy: Policy) -> dict[str, Any]:
    """Return what only this kind of step has."""
    match step:
        case WaitStep():
            delay = (step.days * 24 + step.hours) * HOUR
            return {"delay": delay, "awaits": step.until, "event": (step.then or after) if step.until else ""}
        case BranchStep():
            within = step.within_days * 24 * HOUR if step.within_days else None
            asked = {"fact": f"{step.on}:{step.name}", "op": step.op, "number": step.at, "words": step.words}
            return asked | {"yes": step.yes, "no": step.no, "within": within}
        case TaskStep():
            return {"words": step.script, "number": float(step.minutes), "within": step.within_hours * HOUR}
        case WebhookStep():
            return {"details": {"channels": [step.channel]}}
        case SendStep() | OfferStep() | SurveyStep():
            return {"template": step.template, "details": _message_details(step, policy)}
    return {}


def _message_details(step: SendStep | OfferStep | SurveyStep, policy: Policy) -> dict[str, Any]:
    details: dict[str, Any] = {"channels": list(step.channels or policy.care.channels)}
    if isinstance(step, SurveyStep):
        details["question"] = step.question
    elif step.link:
        details["link"] = policy.care.links[step.link]
    if isinstance(step, OfferStep):
        details["campaign"] = step.campaign
    return details
