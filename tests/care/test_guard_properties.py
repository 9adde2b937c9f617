"""Whatever the zone, clock, caps and quiet hours: simulated outreach never breaks what the guard promises."""

from __future__ import annotations

import heapq
import zoneinfo
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from guarded import EMAIL, GUARDIAN, INBOX, KINDS, PHONE, care_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staycourse.care.guard import decide
from staycourse.care.hours import after_quiet, day_after, is_quiet
from staycourse.care.records import Consent, Person, Sent, Verdict, Waiting
from staycourse.policy import CarePolicy

ALL_ZONES = sorted(zoneinfo.available_timezones() - {"localtime"})
ODD = ("Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "America/St_Johns", "Asia/Beirut", "Africa/Casablanca",
       "America/Sao_Paulo", "Asia/Kathmandu", "Europe/Berlin", "America/Havana")  # fmt: skip
CHANGES = [
    datetime(2026, 3, 28, 12), datetime(2026, 10, 24, 12), datetime(2026, 4, 4, 12), datetime(2026, 10, 3, 12),
    datetime(2011, 12, 29, 12), datetime(2010, 11, 6, 12), datetime(2018, 11, 3, 12), datetime(2026, 12, 30, 12),
]  # fmt: skip

zones = st.one_of(st.sampled_from(ODD), st.sampled_from(ALL_ZONES))
beginnings = st.one_of(
    st.sampled_from(CHANGES), st.datetimes(datetime(1985, 1, 1), datetime(2037, 1, 1))
).map(lambda naive: naive.replace(tzinfo=UTC))  # fmt: skip
times_of_day = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
bounds = st.one_of(st.integers(0, 4), st.just("unlimited"))
channel_names = st.sampled_from(["email", "sms", "inbox", "hook", "push"])
purposes = st.sampled_from(["care", "care", "marketing", "service"])
TENANT_ZONE = ZoneInfo("Asia/Shanghai")


@st.composite
def policies(draw: st.DrawFn) -> CarePolicy:
    channels = draw(st.dictionaries(channel_names, st.fixed_dictionaries({"per_day": bounds, "per_week": bounds})))
    return care_of(
        caps={"per_day": draw(bounds), "per_week": draw(bounds), "channels": channels},
        quiet_hours={"start": draw(times_of_day), "end": draw(times_of_day)},
        minors={
            "guardian_under": draw(st.sampled_from([0, 18])),
            "unknown_age": draw(st.sampled_from(["adult", "minor"])),
        },
    )


people = st.builds(
    Person,
    learner=st.just("ann"),
    zone=st.one_of(zones, st.sampled_from([None, "Mars/Olympus"])),
    birth_year=st.one_of(st.none(), st.integers(1990, 2020)),
    consent=st.sampled_from([None, None, True, False]),
    addresses=st.lists(
        st.builds(replace, st.sampled_from([EMAIL, PHONE, INBOX, GUARDIAN]), disabled=st.booleans()),
        unique_by=lambda one: one.address,
    ).map(tuple),
    consents=st.lists(
        st.builds(
            Consent,
            st.sampled_from(["*", "email", "sms"]),
            st.sampled_from(["*", "care", "marketing"]),
            st.booleans(),
            st.datetimes(datetime(1984, 1, 1), datetime(1984, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC)),
        ),
        max_size=4,
    ).map(tuple),
)


@st.composite
def queues(draw: st.DrawFn) -> list[Waiting]:
    start = draw(beginnings)
    made = []
    for place in range(draw(st.integers(1, 12))):
        due = start + timedelta(minutes=draw(st.integers(0, 5 * 24 * 60)))
        hours = draw(st.one_of(st.none(), st.integers(1, 100)))
        stale = None if hours is None else due + timedelta(hours=hours)
        channels = tuple(draw(st.lists(channel_names, min_size=1, max_size=3, unique=True)))
        made.append(Waiting(f"k{place}", "ann", draw(purposes), channels, due, stale))
    return made


@dataclass
class Simulated:
    """What came of a queue: each message's last verdict, and everything that was sent."""

    ended: dict[str, Verdict] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)


def simulate(queue: Sequence[Waiting], person: Person, policy: CarePolicy, late: Sequence[int]) -> Simulated:
    """Ask for each message when it is due, and again when its hold ends, `late` seconds afterwards."""
    done = Simulated()
    ahead = [(message.due, place, message) for place, message in enumerate(queue)]
    heapq.heapify(ahead)
    asked = 0
    while ahead:
        now, place, message = heapq.heappop(ahead)
        now += timedelta(seconds=late[asked % len(late)])
        asked += 1
        assert asked < 40 * len(queue) ** 2 + 40, "a message is held for ever"
        known = replace(person, sent=tuple(done.sent))
        found = decide(message, known, policy, tenant_zone=TENANT_ZONE, now=now, kinds=KINDS)
        if found.kind == "hold":
            assert found.until is not None and found.until > now
            assert message.stale is None or found.until <= message.stale
            heapq.heappush(ahead, (found.until, place, message))
            continue
        done.ended[message.key] = found
        if found.kind == "send":
            done.sent.append(Sent(now, found.channel, message.purpose))
            check_send(found, message, person, policy, now)
    return done


def where_of(person: Person) -> ZoneInfo:
    return ZoneInfo(person.zone) if person.zone in ALL_ZONES else TENANT_ZONE


def quiet_by_the_minute(now: datetime, policy: CarePolicy, where: ZoneInfo) -> bool:
    """The definition of quiet hours again, by counting minutes from their start."""

    def minutes(at: time) -> int:
        return at.hour * 60 + at.minute

    start, end = (time.fromisoformat(one) for one in (policy.quiet_hours.start, policy.quiet_hours.end))
    since = (minutes(now.astimezone(where).time()) - minutes(start)) % 1440
    return since < (minutes(end) - minutes(start)) % 1440


def check_send(found: Verdict, message: Waiting, person: Person, policy: CarePolicy, now: datetime) -> None:
    assert found.channel in message.channels and found.channel in KINDS
    if found.address:
        [address] = [one for one in person.addresses if one.address == found.address]
        assert not address.disabled and address.kind == KINDS[found.channel]
    where = where_of(person)
    if message.purpose != "service":
        assert found.day == now.astimezone(where).date().isoformat()
        assert not quiet_by_the_minute(now, policy, where)
        assert message.stale is None or now <= message.stale
        assert person.consent is not False
    else:
        assert found.day == ""


def check_caps(sent: Sequence[Sent], policy: CarePolicy, where: ZoneInfo) -> None:
    for channel in ("", *policy.caps.channels):
        caps = policy.caps.channels[channel] if channel else policy.caps
        days: Counter[object] = Counter()
        weeks: Counter[object] = Counter()
        for one in sent:
            if one.purpose != "service" and channel in ("", one.channel):
                local = one.at.astimezone(where).date()
                days[local] += 1
                weeks[local.isocalendar()[:2]] += 1
        assert caps.per_day == "unlimited" or max(days.values(), default=0) <= caps.per_day
        assert caps.per_week == "unlimited" or max(weeks.values(), default=0) <= caps.per_week


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(queue=queues(), person=people, policy=policies(), late=st.lists(st.integers(0, 7200), min_size=1, max_size=5))
def test_no_sequence_of_messages_breaks_a_promise(
    queue: list[Waiting], person: Person, policy: CarePolicy, late: list[int]
) -> None:
    done = simulate(queue, person, policy, late)
    assert set(done.ended) == {message.key for message in queue}, "every message ends: sent, or withheld with a reason"
    assert all(one.why for one in done.ended.values() if one.kind == "withhold")
    check_caps(done.sent, policy, where_of(person))


@settings(deadline=None, max_examples=100)
@given(queue=queues(), person=people, policy=policies(), random=st.randoms(use_true_random=False))
def test_a_verdict_does_not_depend_on_the_order_of_what_is_known(
    queue: list[Waiting], person: Person, policy: CarePolicy, random: object
) -> None:
    sent = tuple(Sent(one.due, one.channels[0], one.purpose) for one in queue[1:])
    person = replace(person, sent=sent)

    def shuffled(things: Sequence[object]) -> tuple[object, ...]:
        mixed = list(things)
        random.shuffle(mixed)  # type: ignore[attr-defined]
        return tuple(mixed)

    by_kind = sorted(shuffled(person.addresses), key=lambda one: (one.kind, one.guardian))  # type: ignore[attr-defined]
    mixed = replace(person, addresses=tuple(by_kind), consents=shuffled(person.consents), sent=shuffled(person.sent))  # type: ignore[arg-type]
    kinds = dict(shuffled(list(KINDS.items())))  # type: ignore[arg-type, var-annotated]
    first, again = (
        decide(queue[0], who, policy, tenant_zone=TENANT_ZONE, now=queue[0].due, kinds=kinds_of)
        for who, kinds_of in ((person, KINDS), (mixed, kinds))
    )
    assert first == again


@settings(deadline=None, max_examples=250)
@given(zone=zones, now=beginnings, minutes=st.integers(-3000, 3000), policy=policies())
def test_quiet_hours_end_when_the_clock_says_so(zone: str, now: datetime, minutes: int, policy: CarePolicy) -> None:
    where, now = ZoneInfo(zone), now + timedelta(minutes=minutes)
    assert is_quiet(now, policy, where) == quiet_by_the_minute(now, policy, where)
    ends = after_quiet(now, policy, where)
    assert not quiet_by_the_minute(ends, policy, where)
    if ends == now:
        return
    assert ends > now
    before = ends - timedelta(microseconds=1)
    assert quiet_by_the_minute(before, policy, where), "not a moment later than need be"


@settings(deadline=None, max_examples=250)
@given(zone=zones, now=beginnings, minutes=st.integers(-3000, 3000), days=st.integers(1, 7))
def test_a_local_day_begins_with_its_first_moment(zone: str, now: datetime, minutes: int, days: int) -> None:
    where, now = ZoneInfo(zone), now + timedelta(minutes=minutes)
    begins = day_after(now, days, where)
    target = now.astimezone(where).date() + timedelta(days=days)
    assert begins > now
    assert begins.astimezone(where).date() >= target
    assert (begins - timedelta(microseconds=1)).astimezone(where).date() < target


def test_the_definition_of_quiet_in_these_tests_knows_empty_and_overnight_hours() -> None:
    berlin, noon = ZoneInfo("Europe/Berlin"), datetime(2026, 6, 1, 10, tzinfo=UTC)
    for start, end, quiet in (("12:00", "12:00", False), ("21:00", "12:01", True), ("12:00", "12:01", True)):
        policy = care_of(quiet_hours={"start": start, "end": end})
        assert quiet_by_the_minute(noon, policy, berlin) is is_quiet(noon, policy, berlin) is quiet
