"""What a mapping of event names must also be: its verbs exist, and it gives them what they need."""

from __future__ import annotations

from collections.abc import Iterator

from staycourse.events import VERBS_BY_NAME
from staycourse.policy.checks import Fault, nearest
from staycourse.policy.events import EventsPolicy


def mapping_faults(events: EventsPolicy) -> Iterator[Fault]:
    """Yield what is wrong: verbs that are none, names both read and let go, values and texts that nobody reads."""
    for name, mapping in events.names.items():
        path = ("events", "names", name)
        verb = VERBS_BY_NAME.get(mapping.verb)
        if verb is None:
            yield Fault((*path, "verb"), f"there is no verb {mapping.verb!r}", nearest(mapping.verb, VERBS_BY_NAME))
            continue
        if mapping.value and not verb.unit:
            yield Fault((*path, "value"), f"{verb.name} takes no value", "leave it out")
        if verb.needs_value and not mapping.value:
            yield Fault((*path, "verb"), f"{verb.name} needs a value", f"name the property in value: {verb.unit}")
        if mapping.text and not verb.text:
            yield Fault((*path, "text"), f"{verb.name} takes no text", "leave it out")
    for place, name in enumerate(events.ignore):
        if name in events.names:
            yield Fault(("events", "ignore", place), f"{name!r} is mapped and ignored", "choose one")
