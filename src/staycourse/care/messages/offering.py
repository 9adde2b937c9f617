"""Which variables a message is really given: the one place that says it, for whoever writes a template."""

from __future__ import annotations

from collections.abc import Iterator

from staycourse.care.messages.variables import VARIABLES
from staycourse.policy import OfferStep, PlaybookPolicy, Policy, SendStep, SurveyStep

Sending = SendStep | OfferStep | SurveyStep

ALWAYS = frozenset({"greeting", "guardian_greeting", "learner_name", "course_title", "platform_name", "link"})
"""What every message of a playbook is given; a name may be unknown all the same."""

UNSUBSCRIBE = frozenset({"unsubscribe_link"})
"""What every message is given but a service message, which nobody can refuse."""

OFFER = frozenset({"offer_title", "offer_code", "offer_amount", "offer_until"})
"""What a step that offers a coupon gives beside."""


def sending_steps(policy: Policy, template: str) -> Iterator[tuple[str, PlaybookPolicy, Sending]]:
    """Yield every step that sends `template`, with its playbook's name and the playbook."""
    for name, playbook in policy.playbooks.items():
        for step in playbook.steps:
            if isinstance(step, SendStep | OfferStep | SurveyStep) and step.template == template:
                yield name, playbook, step


def offered(policy: Policy, template: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the variables that every step which sends `template` gives, and those that any of them may give.

    None if no step sends it: who asks for such a message gives what it needs.
    """
    steps = [(playbook, step) for _, playbook, step in sending_steps(policy, template)]
    if not steps:
        return None
    given = [_given(playbook, step) for playbook, step in steps]
    return frozenset.intersection(*given), frozenset.union(*given, *(_told(playbook) for playbook, _ in steps))


def _given(playbook: PlaybookPolicy, step: Sending) -> frozenset[str]:
    unsubscribe = frozenset() if playbook.purpose == "service" else UNSUBSCRIBE
    return ALWAYS | unsubscribe | (OFFER if isinstance(step, OfferStep) else frozenset())


def _told(playbook: PlaybookPolicy) -> frozenset[str]:
    """Return what the event that begins a playbook may tell, by its attributes and its amount: never a link."""
    if not playbook.enter.event:
        return frozenset()
    return frozenset(name for name, variable in VARIABLES.items() if not variable.link) - {"guardian_name"}
