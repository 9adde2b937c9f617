"""Who may be reached, when and over what: consent, guardians, caps, quiet hours, staleness."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from guarded import EMAIL, GUARDIAN, INBOX, KINDS, OPEN, PHONE, ann, at, care_of, waiting

from staycourse.care.guard import decide, is_minor
from staycourse.care.hours import after_quiet, day_after, zone_or
from staycourse.care.records import Address, Consent, Person, Sent, Verdict, Waiting
from staycourse.policy import CarePolicy

UTC_ZONE = ZoneInfo("UTC")
NOON = at("2026-03-10T12:00")  # a Tuesday
ROOMY = care_of(**OPEN, caps={"per_day": "unlimited", "per_week": "unlimited", "channels": {}})


def verdict(
    message: Waiting, person: Person | None = None, policy: CarePolicy = ROOMY, *, now: datetime = NOON
) -> Verdict:
    return decide(message, person or ann(), policy, tenant_zone=UTC_ZONE, now=now, kinds=KINDS)


def test_the_first_channel_that_reaches_is_taken_and_the_day_is_the_learners() -> None:
    late = at("2026-03-10T20:00")
    found = verdict(waiting("push", "sms", "email"), ann(zone="Asia/Shanghai"), now=late)
    assert found == Verdict("send", channel="sms", address="a2", day="2026-03-11")
    unreal = verdict(waiting("email"), ann(zone="Mars/Olympus"), now=late)
    assert unreal == Verdict("send", channel="email", address="a1", day="2026-03-10")
    assert verdict(waiting("hook")) == Verdict("send", channel="hook", day="2026-03-10")
    default = replace(waiting("email"), channels=())
    assert verdict(default).channel == "inbox", "a message that names no channel takes the policy's"


@pytest.mark.parametrize(
    ("channels", "person", "why"),
    [
        (("push",), ann(), "no_channel"),
        (("email",), ann(addresses=(PHONE,)), "no_address"),
        (("email",), ann(addresses=(replace(EMAIL, disabled=True),)), "no_address"),
        (("email",), ann(addresses=(GUARDIAN,)), "no_address"),
        (("email",), ann(consent=False), "no_consent"),
        (("push", "email"), ann(consent=False), "no_consent"),
        (("email",), ann(birth_year=2010), "no_guardian"),
        (("hook",), ann(birth_year=2010), "no_guardian"),
        (("email",), ann(birth_year=2010, addresses=(replace(GUARDIAN, disabled=True),)), "no_guardian"),
    ],
)
def test_who_cannot_be_reached_is_not_and_the_reason_is_told(
    channels: tuple[str, ...], person: Person, why: str
) -> None:
    assert verdict(waiting(*channels), person) == Verdict("withhold", why=why)


def test_a_minor_is_reached_through_the_guardian_alone_even_for_service() -> None:
    child = ann(birth_year=2010, addresses=(EMAIL, INBOX, GUARDIAN))
    for purpose in ("care", "service"):
        found = verdict(waiting("inbox", "email", purpose=purpose), child)
        assert (found.kind, found.channel, found.address) == ("send", "email", "g1")
    assert verdict(waiting("hook", purpose="service"), child).kind == "send", "the platform may be told"


@pytest.mark.parametrize(
    ("born", "under", "minor"),
    [(2008, 18, True), (2007, 18, False), (2026, 0, False), (2026, 1, True), (2025, 1, True), (2024, 1, False)],
)
def test_only_the_year_of_birth_is_known_so_the_year_of_the_birthday_still_counts(
    born: int, under: int, minor: bool
) -> None:
    assert is_minor(born, 2026, care_of(minors={"guardian_under": under, "unknown_age": "adult"})) is minor


def test_an_unknown_age_counts_as_the_policy_says_and_the_year_is_the_learners() -> None:
    wary = care_of(minors={"guardian_under": 18, "unknown_age": "minor"})
    assert is_minor(None, 2026, wary)
    assert not is_minor(None, 2026, ROOMY)
    new_year = at("2026-12-31T20:00")
    assert verdict(waiting(), ann(birth_year=2008), now=new_year).why == "no_guardian"
    assert verdict(waiting(), ann(birth_year=2008, zone="Asia/Shanghai"), now=new_year).kind == "send"


def said(granted: bool, day: int, channel: str = "*", purpose: str = "*") -> Consent:
    return Consent(channel, purpose, granted, NOON - timedelta(days=30 - day))


@pytest.mark.parametrize(
    ("purpose", "consent", "said", "sent"),
    [
        ("care", None, (), True),
        ("marketing", None, (), False),
        ("marketing", True, (), True),
        ("marketing", None, (said(True, 1),), True),
        ("care", True, (said(False, 1),), False),
        ("care", True, (said(False, 1), said(True, 2)), True),
        ("care", True, (said(True, 2), said(False, 1)), True),
        ("care", True, (said(True, 1), said(False, 1)), False),
        ("care", False, (said(True, 1),), False),
        ("care", None, (said(False, 1, channel="sms"),), True),
        ("care", None, (said(False, 1, purpose="marketing"),), True),
        ("care", None, (said(False, 1, channel="email"), said(True, 2, channel="email", purpose="care")), True),
        ("care", None, (said(True, 1, channel="email", purpose="care"), said(False, 2)), False),
        ("service", False, (said(False, 2),), True),
    ],
)
def test_the_newest_word_that_fits_counts(
    purpose: str, consent: bool | None, said: tuple[Consent, ...], sent: bool
) -> None:
    found = verdict(waiting(purpose=purpose), ann(consent=consent, consents=said))
    assert found.why == ("" if sent else "no_consent")


def test_one_channel_refused_leaves_the_next() -> None:
    person = ann(consents=(said(False, 1, channel="email"),))
    assert verdict(waiting("email", "sms"), person).channel == "sms"


def sent(*times: str, channel: str = "email", purpose: str = "care") -> tuple[Sent, ...]:
    return tuple(Sent(at(time), channel, purpose) for time in times)


def capped(per_day: object = "unlimited", per_week: object = "unlimited", **channels: object) -> CarePolicy:
    return care_of(**OPEN, caps={"per_day": per_day, "per_week": per_week, "channels": channels})


@pytest.mark.parametrize(
    ("policy", "before", "why", "until"),
    [
        (capped(1), sent("2026-03-10T01:00"), "cap_day", "2026-03-11T00:00"),
        (capped(1), sent("2026-03-09T23:00"), "", ""),
        (capped(1), sent("2026-03-10T01:00", purpose="service"), "", ""),
        (capped(2), sent("2026-03-10T01:00"), "", ""),
        (capped(1, 2), sent("2026-03-09T12:00", "2026-03-10T01:00"), "cap_week", "2026-03-16T00:00"),
        (capped("unlimited", 1), sent("2026-03-08T23:59"), "", ""),
        (capped(0), (), "cap_zero", ""),
        (capped(3, 0), (), "cap_zero", ""),
        (capped(email={"per_day": 0}), (), "cap_zero", ""),
        (capped(email={"per_week": 1}), sent("2026-03-09T12:00"), "cap_week", "2026-03-16T00:00"),
        (capped(email={"per_week": 1}), sent("2026-03-09T12:00", channel="sms"), "", ""),
        (capped(email={"per_day": 1}, sms={"per_week": 0}), sent("2026-03-10T09:00"), "cap_day", "2026-03-11T00:00"),
    ],
)
def test_caps_hold_until_there_is_room(policy: CarePolicy, before: tuple[Sent, ...], why: str, until: str) -> None:
    found = verdict(waiting("email"), ann(sent=before), policy)
    assert found.why == why
    assert found.until == (at(until) if until else None)


def test_a_full_channel_leaves_the_next_and_of_full_ones_the_first_with_room_is_waited_for() -> None:
    policy = capped(email={"per_week": 1}, sms={"per_day": 1})
    before = sent("2026-03-09T12:00")
    assert verdict(waiting("email", "sms"), ann(sent=before), policy).channel == "sms"
    both = before + sent("2026-03-10T09:00", channel="sms")
    assert verdict(waiting("email", "sms"), ann(sent=both), policy).until == at("2026-03-11T00:00")


def test_service_messages_pass_caps_quiet_hours_and_staleness() -> None:
    policy = care_of(caps={"per_day": 0, "per_week": 0}, quiet_hours={"start": "00:00", "end": "23:59"})
    message = waiting(purpose="service", stale=NOON - timedelta(days=1))
    assert verdict(message, ann(consent=False), policy) == Verdict("send", channel="email", address="a1")
    off = ann(addresses=(Address("a9", "email", "x@example.org", disabled=True),))
    assert verdict(message, off, policy) == Verdict("withhold", why="no_address")


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        ("2026-03-10T21:00", None, "2026-03-11T08:00"),
        ("2026-03-10T20:59:59", None, ""),
        ("2026-03-10T07:59:59", None, "2026-03-10T08:00"),
        ("2026-03-10T08:00", None, ""),
        ("2026-03-10T12:30", "Asia/Shanghai", ""),
        ("2026-03-10T13:30", "Asia/Shanghai", "2026-03-11T00:00"),
        ("2026-03-10T12:30", "Asia/Kolkata", ""),
    ],
)
def test_quiet_hours_are_those_of_the_learners_clock(now: str, zone: str | None, until: str) -> None:
    policy = care_of(caps={"per_day": "unlimited", "per_week": "unlimited"})
    found = verdict(waiting(), ann(zone=zone), policy, now=at(now))
    assert found.until == (at(until) if until else None)
    assert found.why == ("quiet_hours" if until else "")


def test_a_cap_that_ends_in_quiet_hours_waits_for_their_end_and_what_would_be_stale_is_dropped() -> None:
    policy = care_of(caps={"per_day": 1, "per_week": 9})
    person = ann(sent=sent("2026-03-10T10:00"))
    held = Verdict("hold", why="cap_day", until=at("2026-03-11T08:00"))
    assert verdict(waiting(stale=at("2026-03-11T08:00")), person, policy) == held
    assert verdict(waiting(stale=at("2026-03-11T07:59")), person, policy) == Verdict("withhold", why="stale")
    assert verdict(waiting(stale=NOON), policy=policy).kind == "send"
    assert verdict(waiting(stale=NOON - timedelta(seconds=1)), policy=policy) == Verdict("withhold", why="stale")


@pytest.mark.parametrize(
    ("zone", "hours", "now", "until"),
    [
        # Berlin puts its clocks forward from 2 to 3: an end in between is the moment they do so
        ("Europe/Berlin", ("22:00", "02:30"), "2026-03-28T23:00", "2026-03-29T01:00"),
        ("Europe/Berlin", ("21:00", "08:00"), "2026-03-28T23:00", "2026-03-29T06:00"),
        # and back from 3 to 2: half past two comes twice; after the first the hours begin anew
        ("Europe/Berlin", ("22:00", "02:30"), "2026-10-24T23:00", "2026-10-25T00:30"),
        ("Europe/Berlin", ("22:00", "02:30"), "2026-10-25T01:10", "2026-10-25T01:30"),
        # Lord Howe moves by half an hour, Chatham stands at a quarter, Apia had no 30 December 2011
        ("Australia/Lord_Howe", ("21:00", "02:15"), "2026-10-03T13:00", "2026-10-03T15:30"),
        ("Pacific/Chatham", ("21:00", "08:00"), "2026-06-10T09:00", "2026-06-10T19:15"),
        ("Pacific/Apia", ("21:00", "08:00"), "2011-12-30T08:00", "2011-12-30T18:00"),
        # Beirut skips midnight itself
        ("Asia/Beirut", ("21:00", "00:30"), "2026-03-28T20:00", "2026-03-28T22:00"),
    ],
)
def test_quiet_hours_end_rightly_when_clocks_change(zone: str, hours: tuple[str, str], now: str, until: str) -> None:
    policy = care_of(quiet_hours={"start": hours[0], "end": hours[1]})
    assert after_quiet(at(now), policy, ZoneInfo(zone)) == at(until)


@pytest.mark.parametrize(
    ("zone", "now", "days", "begins"),
    [
        ("UTC", "2026-03-10T12:00", 1, "2026-03-11T00:00"),
        ("Europe/Berlin", "2026-03-28T12:00", 2, "2026-03-29T22:00"),
        ("Asia/Beirut", "2026-03-28T12:00", 1, "2026-03-28T22:00"),
        ("Pacific/Apia", "2011-12-30T08:00", 1, "2011-12-30T10:00"),  # the 29th there; the day after it is the 31st
        ("America/St_Johns", "2010-11-07T02:35", 1, "2010-11-07T03:30"),  # from 00:01 back to 23:01 the day before
    ],
)
def test_local_days_begin_rightly_when_clocks_change(zone: str, now: str, days: int, begins: str) -> None:
    assert day_after(at(now), days, ZoneInfo(zone)) == at(begins)


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd", "America", "a\0b", "x" * 300])
def test_what_is_no_zone_gives_way_to_the_tenants(name: str | None) -> None:
    assert zone_or(name, ZoneInfo("Asia/Tokyo")) == ZoneInfo("Asia/Tokyo")


def test_the_week_is_the_iso_week_over_a_new_year() -> None:
    found = verdict(waiting(), ann(sent=sent("2026-12-28T12:00")), capped("unlimited", 1), now=at("2027-01-03T12:00"))
    assert date(2027, 1, 3).isocalendar().week == 53
    assert found.until == at("2027-01-04T00:00")
