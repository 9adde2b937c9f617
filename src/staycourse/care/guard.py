"""The guard: whether one message may go out now, over which channel, and if not until when it waits or why never.

Pure: all that it looks at is handed in, and it is asked in the transaction that claims the message. docs/care-guard.md
says in words what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from staycourse.care.hours import after_quiet, day_after, zone_or
from staycourse.care.records import EVERYTHING, Person, Verdict, Waiting
from staycourse.policy import CarePolicy, ChannelCaps, Count

SERVICE = "service"
"""The purpose of what a learner must be told (a receipt, a class starting): not held back, and not counted."""

_OBSTACLES = ("no_channel", "no_consent", "no_address", "no_guardian")
"""Why a channel cannot be used, from the first question asked to the last: the furthest one is told."""


@dataclass(frozen=True, slots=True)
class _Way:
    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class _Room:
    """When there is room under a cap: now (`why` empty), or `until` then."""

    until: datetime
    why: Literal["", "cap_day", "cap_week"] = ""


def decide(
    message: Waiting,
    person: Person,
    policy: CarePolicy,
    *,
    tenant_zone: ZoneInfo,
    now: datetime,
    kinds: Mapping[str, str],
) -> Verdict:
    """Return the verdict on `message` to `person` at `now`.

    `kinds` maps each configured channel's name to the kind of address that it needs, "" if none. A verdict `send`
    names the address by its id, "" for a channel that needs none; `day` is the learner's local day that it counts
    for, "" for a service message. A `hold` is always until an instant later than `now` and not after the message is
    stale: asking again then (or at any time) is safe.
    """
    where = zone_or(person.zone, tenant_zone)
    service = message.purpose == SERVICE
    if not service and message.stale is not None and now > message.stale:
        return _withheld("stale")
    minor = is_minor(person.birth_year, now.astimezone(where).year, policy)
    ways, obstacle = _ways(message, person, policy, kinds, minor=minor)
    if not ways:
        return _withheld(obstacle)
    if service:
        return Verdict("send", channel=ways[0].channel, address=ways[0].address)
    verdict = _within_caps(ways, person, policy, where, now)
    if verdict.until is not None and message.stale is not None and verdict.until > message.stale:
        return _withheld("stale")
    return verdict


def is_minor(birth_year: int | None, year: int, policy: CarePolicy) -> bool:
    """Say whether who was born in `birth_year` may still be under age at some time of `year`.

    Only the year is known, so the birthday is taken to be its last day: of age from the year after the one in which
    they turn it.
    """
    if policy.minors.guardian_under == 0:
        return False
    if birth_year is None:
        return policy.minors.unknown_age == "minor"
    return year - birth_year - 1 < policy.minors.guardian_under


def consented(person: Person, channel: str, purpose: str, policy: CarePolicy) -> bool:
    """Say whether `person` may be reached over `channel` for `purpose`.

    A service message needs no consent. A no in the attributes is a no. Else the newest entry that fits counts (of two
    at the same instant the no), else a yes in the attributes, else what the policy assumes.
    """
    if purpose == SERVICE:
        return True
    if person.consent is False:
        return False
    said = [
        (entry.at, not entry.granted)
        for entry in person.consents
        if entry.channel in (channel, EVERYTHING) and entry.purpose in (purpose, EVERYTHING)
    ]
    if said:
        return not max(said)[1]
    assumed = policy.consent.marketing if purpose == "marketing" else policy.consent.care
    return person.consent is True or assumed == "assumed"


def _ways(
    message: Waiting, person: Person, policy: CarePolicy, kinds: Mapping[str, str], *, minor: bool
) -> tuple[list[_Way], str]:
    """Return the channels that may be used, in order of preference, and what stood furthest in the way of the rest."""
    ways: list[_Way] = []
    furthest = 0
    for channel in message.channels or policy.channels:
        if channel not in kinds:
            continue
        if not consented(person, channel, message.purpose, policy):
            furthest = max(furthest, _OBSTACLES.index("no_consent"))
            continue
        address = _address(person, kinds[channel], minor=minor, service=message.purpose == SERVICE)
        if address is None:
            furthest = max(furthest, _OBSTACLES.index("no_guardian" if minor else "no_address"))
            continue
        ways.append(_Way(channel, address))
    return ways, _OBSTACLES[furthest]


def _address(person: Person, kind: str, *, minor: bool, service: bool) -> str | None:
    """Return the id of the first address of `kind` to use, "" if none is needed, None if there is none.

    What needs no address tells the platform, not the learner; for a minor that goes for service messages only, since
    nobody can say that a guardian reads it.
    """
    if kind == "":
        return None if minor and not service else ""
    fitting = (one for one in person.addresses if one.kind == kind and one.guardian == minor and not one.disabled)
    return next((one.address for one in fitting), None)


def _within_caps(ways: list[_Way], person: Person, policy: CarePolicy, where: ZoneInfo, now: datetime) -> Verdict:
    """Return the verdict of caps and quiet hours, given the channels that could be used."""
    today = now.astimezone(where).date()
    counted = [(one.at.astimezone(where).date(), one.channel) for one in person.sent if one.purpose != SERVICE]

    def room(caps: ChannelCaps, fits: Callable[[str], bool]) -> _Room | None:
        return _room(caps, [day for day, channel in counted if fits(channel)], today, where, now)

    everywhere = room(ChannelCaps(per_day=policy.caps.per_day, per_week=policy.caps.per_week), lambda _: True)
    rooms: list[tuple[_Way, _Room]] = []
    for way in ways:
        caps = policy.caps.channels.get(way.channel, ChannelCaps())
        found = room(caps, lambda channel, own=way.channel: channel == own)  # type: ignore[misc]
        if found is not None:
            rooms.append((way, found))
    if everywhere is None or not rooms:
        return _withheld("cap_zero")
    way, own = min(rooms, key=lambda one: one[1].until)  # of equals the first: room now comes before room later
    binding = max(everywhere, own, key=lambda one: one.until)
    until = after_quiet(binding.until, policy, where)
    if until > now:
        return Verdict("hold", why=binding.why or "quiet_hours", until=until)
    return Verdict("send", channel=way.channel, address=way.address, day=today.isoformat())


def _room(caps: ChannelCaps, days: list[date], today: date, where: ZoneInfo, now: datetime) -> _Room | None:
    """Return when `caps` have room, given the local `days` of what was sent; None if they never do (a cap of 0)."""
    if caps.per_day == 0 or caps.per_week == 0:
        return None
    week = today.isocalendar()[:2]
    if _full(caps.per_week, sum(day.isocalendar()[:2] == week for day in days)):
        return _Room(day_after(now, 7 - today.weekday(), where), "cap_week")
    if _full(caps.per_day, days.count(today)):
        return _Room(day_after(now, 1, where), "cap_day")
    return _Room(now)


def _full(cap: Count, sent: int) -> bool:
    return cap != "unlimited" and sent >= cap


def _withheld(why: str) -> Verdict:
    return Verdict("withhold", why=why)
