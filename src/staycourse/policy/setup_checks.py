"""What a policy names that stands outside of it: the templates, scripts and channels of the home that it is for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from staycourse.kernel import Wording, as_wording, worded
from staycourse.policy.checks import Fault, nearest
from staycourse.policy.lines import Path
from staycourse.policy.playbooks import OfferStep, SendStep, Step, SurveyStep, TaskStep, WebhookStep
from staycourse.policy.records import Policy

Used = tuple[Path, Step]


@dataclass(frozen=True, slots=True)
class Setup:
    """What there is: each template with the languages that it is written in, the written scripts, the channels by name
    with their kinds. `fallback` is the language that is sent where the learner's own is not written.
    """

    templates: Mapping[str, Collection[str]]
    scripts: Collection[str]
    channels: Mapping[str, str]
    fallback: str


def template_faults(policy: Policy, setup: Setup) -> Iterator[Fault]:
    """Yield each step whose template there is none of: nothing could be sent by it."""
    for path, step in _steps(policy):
        if isinstance(step, SendStep | OfferStep | SurveyStep) and step.template not in setup.templates:
            what = worded("step {step!r}: there is no template {name!r}", step=step.id, name=step.template)
            yield Fault((*path, "template"), what, nearest(step.template, setup.templates))


def setup_warnings(policy: Policy, setup: Setup) -> Iterator[Wording]:
    """Yield what can be accepted, yet will not do all that it says: one line for each name and each bound."""
    yield from _bounds(policy)
    for name, places in _named(policy, _templates).items():
        if name in setup.templates and setup.fallback not in setup.templates[name]:
            yield worded("{where}: the template {name!r} is not written in {language}, which is sent where a learner's "
                         "own language is not", where=_where(places), name=name, language=setup.fallback)  # fmt: skip
    for name, places in _named(policy, _scripts).items():
        if name not in setup.scripts:
            yield worded("{where}: nobody has written a script {name!r}; the task says so", where=_where(places),
                         name=name)  # fmt: skip
    for name, places in _channels(policy).items():
        if name not in setup.channels:
            yield worded("{where}: the channel {name!r} is not set up here (channels.toml); nothing goes over it",
                         where=_where(places), name=name)  # fmt: skip
    for name, places in _named(policy, _webhooks).items():
        if setup.channels.get(name, "webhook") != "webhook":
            yield worded("{where}: the channel {name!r} is no webhook", where=_where(places), name=name)


def _bounds(policy: Policy) -> Iterator[Wording]:
    caps = policy.care.caps
    for field in ("per_day", "per_week"):
        if getattr(caps, field) == 0:
            yield worded("care.caps.{field} is 0: nothing would be sent to anybody but service messages", field=field)
        for name, channel in caps.channels.items():
            if getattr(channel, field) == 0:
                yield worded("care.caps.channels.{name}.{field} is 0: nothing would be sent over {name} but service "
                             "messages", name=name, field=field)  # fmt: skip


def _steps(policy: Policy) -> Iterator[Used]:
    for name, playbook in policy.playbooks.items():
        for place, step in enumerate(playbook.steps):
            yield ("playbooks", name, "steps", place), step


def _named(policy: Policy, names: Callable[[Step], Iterable[str]]) -> dict[str, list[str]]:
    """Return every name that `names` finds in a step, with the places where it stands."""
    found: dict[str, list[str]] = {}
    for path, step in _steps(policy):
        for name in names(step):
            found.setdefault(name, []).append(f"playbooks.{path[1]} {step.id}")
    return found


def _channels(policy: Policy) -> dict[str, list[str]]:
    found = {name: ["care.channels"] for name in policy.care.channels}
    for name, places in _named(policy, _over).items():
        found.setdefault(name, []).extend(places)
    return found


def _templates(step: Step) -> Iterable[str]:
    return (step.template,) if isinstance(step, SendStep | OfferStep | SurveyStep) else ()


def _scripts(step: Step) -> Iterable[str]:
    return (step.script,) if isinstance(step, TaskStep) else ()


def _webhooks(step: Step) -> Iterable[str]:
    return (step.channel,) if isinstance(step, WebhookStep) else ()


def _over(step: Step) -> Iterable[str]:
    return step.channels if isinstance(step, SendStep | OfferStep | SurveyStep) else _webhooks(step)


def _where(places: list[str]) -> Wording:
    if len(places) == 1:
        return as_wording(places[0])
    return worded("{place} and {more} more", place=places[0], more=len(places) - 1)
