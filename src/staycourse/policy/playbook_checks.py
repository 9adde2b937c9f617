"""What well-formed care must also be: steps lead somewhere, end some day, and name what exists."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from staycourse.events import VERBS_BY_NAME
from staycourse.kernel import worded
from staycourse.policy.care import TASK_OUTCOMES
from staycourse.policy.checks import Fault, nearest
from staycourse.policy.lines import Path
from staycourse.policy.playbooks import (
    RETURN,
    SCHEDULED,
    TASK,
    BranchStep,
    OfferStep,
    PlaybookPolicy,
    SendStep,
    Step,
    TaskStep,
    WaitStep,
)
from staycourse.policy.records import Policy


def care_faults(policy: Policy, signals: Collection[str], extra: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with the triggers, campaigns and playbooks of `policy`; segments may name `extra` too."""
    causes = {cause.id for cause in policy.causes.list}
    for name, trigger in policy.triggers.items():
        path: Path = ("triggers", name)
        if not trigger.heard:
            yield Fault(path, "a trigger acts on some event", "give `verb`, or several as `verbs`")
        if trigger.verb:
            yield from _verb((*path, "verb"), trigger.verb)
        for place, verb in enumerate(trigger.verbs):
            yield from _verb((*path, "verbs", place), verb)
        if trigger.cause not in causes:
            yield Fault(
                (*path, "cause"),
                worded("there is no cause {cause!r}", cause=trigger.cause),
                nearest(trigger.cause, causes),
            )
    for name, campaign in policy.campaigns.items():
        yield from _campaign(("campaigns", name), campaign.opens, campaign.closes)
        if (campaign.amount_off_minor > 0) == (campaign.percent_off > 0):
            yield Fault(("campaigns", name), "a coupon takes off either an amount or a share", "give one of them")
        if campaign.amount_off_minor and not campaign.currency:
            yield Fault(("campaigns", name, "currency"), "an amount needs its currency", "name it, such as CNY")
    for name, playbook in policy.playbooks.items():
        yield from _entering(("playbooks", name, "enter"), playbook, causes, {*signals, *extra})
        yield from _steps(("playbooks", name), playbook, policy, signals)


def successors(step: Step, following: str) -> tuple[str, ...]:
    """Return the ids of the steps that `step` may lead to; "" is the end. `following` is the step after it."""
    if isinstance(step, BranchStep):
        return (step.yes, step.no)
    after = step.next or following
    if step.__struct_config__.tag == "end":
        return ()
    return (after, step.then or after) if isinstance(step, WaitStep) and step.until else (after,)


def following_of(steps: tuple[Step, ...], place: int) -> str:
    """Return the id of the step after the one at `place`, "" after the last."""
    return steps[place + 1].id if place + 1 < len(steps) else ""


def _campaign(path: Path, opens: str, closes: str) -> Iterator[Fault]:
    for key, text in (("opens", opens), ("closes", closes)):
        try:
            date.fromisoformat(text)
        except ValueError:
            yield Fault(
                (*path, key), worded("{text} is not a day of the calendar", text=text), "write it as YYYY-MM-DD"
            )
            return
    if closes < opens:
        yield Fault((*path, "closes"), worded("{closes} lies before it opens", closes=closes), "give a later day")


def _entering(
    path: Path, playbook: PlaybookPolicy, causes: Collection[str], signals: Collection[str]
) -> Iterator[Fault]:
    enter = playbook.enter
    ways = [bool(enter.causes), bool(enter.event), bool(enter.stage), enter.birthday, bool(enter.when)]
    if sum(ways) != 1:
        what = "a playbook is entered by exactly one of causes, event, stage, birthday and when"
        yield Fault(path, what, "give one of them")
    if playbook.judged_by and enter.causes:
        what = "a playbook that alerts begin is judged by how they end"
        yield Fault((*path[:-1], "judged_by"), what, "leave `judged_by` out")
    for place, cause in enumerate(enter.causes):
        if cause not in causes:
            yield Fault(
                (*path, "causes", place), worded("there is no cause {cause!r}", cause=cause), nearest(cause, causes)
            )
    if enter.event:
        yield from _verb((*path, "event"), enter.event)
    if enter.minutes_before is not None and enter.event != SCHEDULED:
        what = worded("only the event {event} says when something begins", event=SCHEDULED)
        yield Fault((*path, "minutes_before"), what, "leave it out, or enter by that event")
    for place, condition in enumerate(enter.when):
        if condition.signal not in signals:
            what = worded("there is no signal {signal!r}", signal=condition.signal)
            yield Fault((*path, "when", place, "signal"), what, nearest(condition.signal, signals))


def _steps(path: Path, playbook: PlaybookPolicy, policy: Policy, signals: Collection[str]) -> Iterator[Fault]:
    ids = [step.id for step in playbook.steps]
    if playbook.goal:
        yield from _verb((*path, "goal"), playbook.goal)
    for place, step in enumerate(playbook.steps):
        here: Path = (*path, "steps", place)
        if step.id in ids[:place]:
            yield Fault((*here, "id"), worded("there are two steps {id!r}", id=step.id), "rename one")
        for target in successors(step, following_of(playbook.steps, place)):
            if target and target not in ids:
                yield Fault(here, worded("there is no step {target!r} to go to", target=target), nearest(target, ids))
        yield from _step(here, step, policy, signals)
        yield from _asking_tasks(here, step, playbook)
    yield from _circles(path, playbook)


def _step(path: Path, step: Step, policy: Policy, signals: Collection[str]) -> Iterator[Fault]:
    if isinstance(step, SendStep | OfferStep) and step.link and step.link not in policy.care.links:
        what = worded("there is no link {link!r} in care.links", link=step.link)
        yield Fault((*path, "link"), what, nearest(step.link, policy.care.links))
    if isinstance(step, OfferStep) and step.campaign not in policy.campaigns:
        what = worded("there is no campaign {campaign!r}", campaign=step.campaign)
        yield Fault((*path, "campaign"), what, nearest(step.campaign, policy.campaigns))
    if isinstance(step, WaitStep):
        if step.days == step.hours == 0:
            yield Fault(path, "a wait needs days or hours", "give the longest time to wait")
        if step.until not in ("", RETURN, TASK):
            yield from _verb((*path, "until"), step.until)
        if step.then and not step.until:
            yield Fault((*path, "then"), "nothing is waited for", "give `until`, or leave `then` out")
    if isinstance(step, BranchStep):
        yield from _branch(path, step, signals)


def _branch(path: Path, step: BranchStep, signals: Collection[str]) -> Iterator[Fault]:
    if step.on == "signal" and step.name not in signals:
        yield Fault((*path, "name"), worded("there is no signal {name!r}", name=step.name), nearest(step.name, signals))
    if step.on == "event":
        yield from _verb((*path, "name"), step.name)
    elif (step.at is None) == (not step.words):
        yield Fault(path, "a branch compares either a number (`at`) or a text (`words`)", "give one of them")


def _asking_tasks(path: Path, step: Step, playbook: PlaybookPolicy) -> Iterator[Fault]:
    """What waits for a task or asks its outcome needs one among the steps; and only these outcomes can come."""
    scripts = [one.script for one in playbook.steps if isinstance(one, TaskStep)]
    if isinstance(step, WaitStep) and step.until == TASK and not scripts:
        yield Fault((*path, "until"), "no step hands a task to a person", "put one before it, or wait for an event")
    if isinstance(step, BranchStep) and step.on == "task":
        if step.name not in scripts:
            what = worded("no step hands over a task with the script {script!r}", script=step.name)
            yield Fault((*path, "name"), what, nearest(step.name, scripts))
        if step.words not in TASK_OUTCOMES:
            what = worded("a task cannot end as {outcome!r}", outcome=step.words)
            yield Fault((*path, "words"), what, nearest(step.words, TASK_OUTCOMES))


def _circles(path: Path, playbook: PlaybookPolicy) -> Iterator[Fault]:
    """A circle of steps without a wait would spin for ever within one tick."""
    leads = {
        step.id: [] if isinstance(step, WaitStep) else [target for target in successors(step, following) if target]
        for step, following in zip(
            playbook.steps, [following_of(playbook.steps, place) for place in range(len(playbook.steps))], strict=True
        )
    }
    settled: set[str] = set()
    for place, step in enumerate(playbook.steps):
        if _returns(step.id, leads, settled, []):
            yield Fault(
                (*path, "steps", place),
                worded("{id!r} leads back to itself without a wait", id=step.id),
                "put a wait in it",
            )
            return


def _returns(step: str, leads: dict[str, list[str]], settled: set[str], above: list[str]) -> bool:
    if step in above:
        return True
    if step in settled or step not in leads:
        return False
    if any(_returns(target, leads, settled, [*above, step]) for target in leads[step]):
        return True
    settled.add(step)
    return False


def _verb(path: Path, verb: str) -> Iterator[Fault]:
    if verb not in VERBS_BY_NAME:
        yield Fault(path, worded("there is no event {verb!r}", verb=verb), nearest(verb, VERBS_BY_NAME))
