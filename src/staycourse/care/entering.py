"""What a message may tell of the event that began its journey: the amount and date of a payment, a milestone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date, format_datetime

from staycourse.care.messages.variables import VARIABLES
from staycourse.events import VERBS_BY_NAME, Event
from staycourse.kernel import BadInput, Money, natural_id
from staycourse.policy import SCHEDULED, OfferStep, PlaybookPolicy, Policy, SendStep, SurveyStep

LONGEST = 200
"""Characters that a fact's words have."""

REFERENCES = ("reference", "receipt", "invoice", "order", "order_id")
"""The attributes of a payment that may be its reference, the first that is there."""

_OURS = frozenset({"greeting", "guardian_greeting", "learner_name", "guardian_name", "course_title", "platform_name"})


def telling_verbs(policy: Policy) -> frozenset[str]:
    """Return the events that begin a playbook which sends something: its messages may tell of them."""
    return frozenset(playbook.enter.event for playbook in policy.playbooks.values() if _sends(playbook)) - {""}


def entry_fact(entry: str) -> str:
    """Return the name of the fact that keeps what the event of a journey's `entry` told; "" where no event began it."""
    kind, _, rest = entry.partition(":")
    return f"entry:{rest.rpartition(':')[2]}" if kind == "event" else ""


def entry_fact_of(event: Event) -> str:
    """Return the name of the fact that keeps what `event` tells."""
    return f"entry:{natural_id(event.event_id)}"


def told_of(event: Event) -> str:
    """Return object and attributes of `event` as JSON: those first that messages need, and of others what has room."""
    first = ("currency", *REFERENCES, *VARIABLES)
    order = {name: place for place, name in enumerate(first)}
    given = {name: text for name, text in event.attributes.items() if name not in ("text", "object") and text}
    kept: dict[str, str] = {}
    for name in ("object", *sorted(given, key=lambda one: (order.get(one, len(order)), one))):
        wider = kept | {name: given.get(name, event.object)}
        if wider[name] and len(_json(wider)) <= LONGEST:
            kept = wider
    return _json(kept)


def begins_at(told: datetime, minutes: float | None) -> datetime:
    """Return when begins what an event of the verb SCHEDULED told of then: its value is in how many `minutes`."""
    return told + timedelta(minutes=minutes or 0)


def entry_values(
    verb: str, number: float | None, words: str, at: datetime, *, language: str, zone: ZoneInfo
) -> Mapping[str, str]:
    """Return the variables of templates that the event `verb` fills, of what was kept of it.

    An attribute named as a variable fills that variable, no link among them and nothing that we say ourselves. Of a
    class `class_time` is the weekday and time in `zone` at which it begins. Of money `amount` is the value in its
    currency, `paid_on` the day in `zone`, and `reference` one of REFERENCES.
    """
    told: dict[str, str] = msgspec.json.decode(words.encode(), type=dict[str, str]) if words else {}
    values = {
        name: text
        for name, text in told.items()
        if name in VARIABLES and not VARIABLES[name].link and name not in _OURS
    }
    if verb == SCHEDULED:
        begins = begins_at(at, number).astimezone(zone)
        return {"class_time": format_datetime(begins, "EEEE HH:mm", locale=language.replace("-", "_"))} | values
    if verb not in VERBS_BY_NAME or VERBS_BY_NAME[verb].family != "money":
        return values
    locale = language.replace("-", "_")
    found = {"paid_on": format_date(at.astimezone(zone), "long", locale=locale)}
    if references := [told[name] for name in REFERENCES if name in told]:
        found["reference"] = references[0]
    if number is not None and "currency" in told:
        with suppress(BadInput):  # no currency of this world: better no amount than a wrong one
            found["amount"] = Money(int(number), told["currency"]).format(locale)
    return found | values


def _sends(playbook: PlaybookPolicy) -> bool:
    return playbook.enabled and any(isinstance(step, SendStep | OfferStep | SurveyStep) for step in playbook.steps)


def _json(told: Mapping[str, str]) -> str:
    return msgspec.json.encode(told).decode()
