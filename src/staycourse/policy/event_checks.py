"""What a mapping of event names must also be: its verbs exist, and it gives them what they need."""

from __future__ import annotations

from collections.abc import Iterator

from staycourse.events import VERBS_BY_NAME
from staycourse.kernel import as_wording, worded
from staycourse.policy.checks import Fault, nearest
from staycourse.policy.events import EventsPolicy


def mapping_faults(events: EventsPolicy) -> Iterator[Fault]:
    """Yield what is wrong: verbs that are none, names both read and let go, values and texts that nobody reads."""
    for name, mapping in events.names.items():
        path = ("events", "names", name)
        verb = VERBS_BY_NAME.get(mapping.verb)
        if verb is None:
            yield Fault(
                (*path, "verb"),
                worded("there is no verb {verb!r}", verb=mapping.verb),
                nearest(mapping.verb, VERBS_BY_NAME),
            )
            continue
        if mapping.value and not verb.unit:
            yield Fault((*path, "value"), worded("{name} takes no value", name=verb.name), "leave it out")
        if verb.needs_value and not mapping.value:
            yield Fault(
                (*path, "verb"),
                worded("{name} needs a value", name=verb.name),
                worded("name the property in value: {unit}", unit=as_wording(verb.unit)),
            )
        if mapping.text and not verb.text:
            yield Fault((*path, "text"), worded("{name} takes no text", name=verb.name), "leave it out")
    for place, name in enumerate(events.ignore):
        if name in events.names:
            yield Fault(("events", "ignore", place), worded("{name!r} is mapped and ignored", name=name), "choose one")
