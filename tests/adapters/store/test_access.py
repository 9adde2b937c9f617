"""Members, sessions, tries, platforms: on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from staycourse.adapters.store import Database, Store, schema
from staycourse.adapters.store.doors import MemberBook, PlatformBook, SignInBook, TryBook, mark_of
from staycourse.adapters.store.doors.access import IDLE, WHOLE
from staycourse.adapters.store.views import AlertViews
from staycourse.desk import AlertFilter, Platform
from staycourse.kernel import BadInput, NotFound

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOODLE = Platform("moodle", "https://moodle.test", "c1", "https://moodle.test/auth", "", "https://moodle.test/jwks", {},
                  ("1", "2"), "teacher", "context", NOW)  # fmt: skip


@pytest.fixture
def members(database: Database) -> MemberBook:
    for tenant in ("main", "other"):
        Store(database).ensure_tenant(tenant, "UTC", NOW)
    return MemberBook(database)


@pytest.fixture
def sessions(members: MemberBook) -> SignInBook:
    return SignInBook(members.database)


def add(members: MemberBook, login: str, role: str = "advisor", courses: tuple[str, ...] = ()) -> str:
    members.add("main", login, "", role, "hash", courses, NOW)
    found = members.with_password("main", login)
    assert found is not None
    return found[0].member


def test_a_session_is_good_while_it_is_used_and_never_longer_than_its_whole_time(
    members: MemberBook, sessions: SignInBook
) -> None:
    sessions.begin("main", "t", add(members, "ann"), (), NOW)
    reader, anybody = sessions.look("main", "t", NOW + IDLE - MINUTE)
    assert reader is not None and anybody
    assert (reader.login, reader.role, reader.courses) == ("ann", "advisor", None)
    assert sessions.look("main", "t", NOW + IDLE + IDLE - 2 * MINUTE)[0] is not None, "it was used in between"
    assert sessions.look("main", "t", NOW + 3 * IDLE)[0] is None
    sessions.begin("main", "u", reader.member, (), NOW)
    at = NOW
    while at < NOW + WHOLE - timedelta(hours=1):
        at += timedelta(hours=1)
        assert sessions.look("main", "u", at)[0] is not None
    assert sessions.look("main", "u", NOW + WHOLE)[0] is None


def test_a_session_and_tries_of_a_clock_that_was_ahead_are_over(members: MemberBook, sessions: SignInBook) -> None:
    """Nobody stays signed in for a year, sees a course for a year, or is locked out for one."""
    ahead, ann = NOW + timedelta(days=365), add(members, "ann", "teacher")
    sessions.begin("main", "t", ann, ("maths",), ahead)
    assert sessions.look("main", "t", ahead)[0] is not None
    assert sessions.look("main", "t", NOW)[0] is None
    sessions.begin("main", "u", ann, (), NOW)
    reader, _ = sessions.look("main", "u", NOW)
    assert reader is not None and reader.courses == ()
    tries = TryBook(members.database)
    assert [tries.count("main", "x", ahead, 15 * MINUTE) for _ in range(3)] == [1, 2, 3]
    assert tries.count("main", "x", NOW, 15 * MINUTE) == 1


def test_a_token_is_kept_nowhere_and_is_of_one_tenant(members: MemberBook, sessions: SignInBook) -> None:
    sessions.begin("main", "the-token", add(members, "ann"), (), NOW)
    with members.database.reading() as connection:
        assert "the-token" not in str(connection.execute(select(schema.sign_ins)).all())
    assert sessions.look("other", "the-token", NOW) == (None, False)
    assert sessions.look("main", mark_of("the-token"), NOW) == (None, True)
    assert sessions.look("main", "", NOW) == (None, True)


@pytest.mark.parametrize("change", ["role", "password", "courses", "remove", "end"])
def test_every_change_of_rights_ends_the_sessions(members: MemberBook, sessions: SignInBook, change: str) -> None:
    add(members, "boss", "owner")
    other, ann = add(members, "bob"), add(members, "ann")
    sessions.begin("main", "a", ann, (), NOW)
    sessions.begin("main", "b", other, (), NOW)
    match change:
        case "role":
            members.change("main", "ann", role="teacher", courses=["c"])
        case "password":
            members.change("main", "ann", password="other")
        case "courses":
            members.change("main", "ann", courses=["x"])
        case "remove":
            members.remove("main", "ann")
        case "end":
            sessions.end("main", "a")
    assert sessions.look("main", "a", NOW)[0] is None
    assert sessions.look("main", "b", NOW)[0] is not None


def test_a_teacher_sees_their_courses_and_those_launched_in_this_session(
    members: MemberBook, sessions: SignInBook
) -> None:
    sessions.begin("main", "t", add(members, "ann", "teacher", ("b", "a")), ("c", "a"), NOW)
    reader, _ = sessions.look("main", "t", NOW)
    assert reader is not None and reader.courses == ("a", "b", "c")
    sessions.begin("main", "u", reader.member, (), NOW)
    other, _ = sessions.look("main", "u", NOW)
    assert other is not None and other.courses == ("a", "b", "c"), "launched a moment ago, in another tab"
    for token in ("t", "u"):
        sessions.end("main", token)
    sessions.begin("main", "v", reader.member, (), NOW)
    fresh, _ = sessions.look("main", "v", NOW)
    assert fresh is not None and fresh.courses == ("a", "b"), "what was launched ends with the sessions"


def test_the_last_owner_stays_while_others_may_sign_in(members: MemberBook) -> None:
    add(members, "boss", "owner")
    members.launched("main", "m" * 32, "x (moodle:1)", "X", "owner", "moodle", NOW)
    with pytest.raises(BadInput, match="last owner"):
        members.remove("main", "boss")
    with pytest.raises(BadInput, match="last owner"):
        members.change("main", "boss", role="advisor")
    add(members, "second", "owner")
    members.remove("main", "boss")
    members.remove("main", "x (moodle:1)")
    members.remove("main", "second")
    assert not members.any("main"), "the very last one may go: the console is open to this machine again"


def test_a_name_is_given_once_a_tenant(members: MemberBook) -> None:
    add(members, "ann")
    with pytest.raises(BadInput, match="there already"):
        add(members, "ann")
    members.add("other", "ann", "", "owner", "h", (), NOW)
    with pytest.raises(NotFound):
        members.remove("main", "nobody")
    assert [one.login for one in members.members("main")] == ["ann"]


def test_a_role_of_a_launch_follows_the_platform_until_it_is_given_by_hand(
    members: MemberBook, sessions: SignInBook
) -> None:
    told = ("main", "m" * 32, "x (moodle:1)", "X")
    members.launched(*told, "operator", "moodle", NOW)
    sessions.begin("main", "t", "m" * 32, (), NOW)
    members.launched(*told, "operator", "moodle", NOW)
    assert sessions.look("main", "t", NOW)[0] is not None, "the same role ends nothing"
    members.launched(*told, "teacher", "moodle", NOW)
    assert sessions.look("main", "t", NOW)[0] is None
    members.change("main", "x (moodle:1)", role="advisor")
    members.launched(*told, "teacher", "moodle", NOW)
    assert members.members("main")[0].role == "advisor"
    assert members.with_password("main", "x (moodle:1)") is None


def test_tries_are_counted_in_windows_even_at_once(members: MemberBook) -> None:
    tries, window = TryBook(members.database), timedelta(minutes=15)
    counted: list[int] = []
    threads = [
        threading.Thread(target=lambda: counted.append(tries.count("main", "ann", NOW, window))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted) == list(range(1, 9))
    assert tries.count("main", "bob", NOW, window) == 1
    assert tries.count("other", "ann", NOW, window) == 1
    assert tries.count("main", "ann", NOW + window, window) == 1, "a window ends"
    tries.forget("main", "ann")
    assert tries.count("main", "ann", NOW + window, window) == 1


def test_a_platform_takes_its_people_along_when_it_goes(members: MemberBook, sessions: SignInBook) -> None:
    platforms = PlatformBook(members.database)
    platforms.add("main", MOODLE)
    assert platforms.platforms("main") == [MOODLE]
    with pytest.raises(BadInput, match="there already"):
        platforms.add("main", replace(MOODLE, platform="second"))
    platforms.name_course("main", "moodle", "5", "ENG-1")
    platforms.name_course("main", "moodle", "5", "ENG-2")
    assert platforms.named_courses("main", "moodle") == {"5": "ENG-2"}
    members.launched("main", "m" * 32, "x (moodle:1)", "X", "teacher", "moodle", NOW)
    sessions.begin("main", "t", "m" * 32, ("ENG-2",), NOW)
    platforms.remove("main", "moodle")
    assert sessions.look("main", "t", NOW) == (None, False)
    assert platforms.named_courses("main", "moodle") == {}
    with pytest.raises(NotFound):
        platforms.remove("main", "moodle")


def test_a_nonce_is_good_once(members: MemberBook) -> None:
    platforms, hour = PlatformBook(members.database), timedelta(hours=1)
    assert platforms.use_once("main", "n", NOW, hour)
    assert not platforms.use_once("main", "n", NOW, hour)
    assert platforms.use_once("main", "o", NOW + hour, hour)
    with members.database.reading() as connection:
        assert len(connection.execute(select(schema.launches)).all()) == 1, "those that are too old are forgotten"


def test_counts_beside_the_lists_hold_nothing_of_other_courses(members: MemberBook) -> None:
    store, day = Store(members.database), date(2026, 3, 1)
    alerts = []
    for place, (course, cause) in enumerate((("A", "alone"), ("A", "price"), ("B", "too_hard"))):
        alerts.append({
            "tenant": "main", "alert": f"{place:032x}", "learner": f"l{place}", "course": course, "cause": cause,
            "tier": f"tier-{course}", "trigger": "rule", "state": "open", "risk": 0.5, "priority": 0.5,
            "suggestion": "", "rules": [], "reasons": [], "opened": NOW, "as_of": day, "due": NOW - MINUTE,
            "seen_on": day, "policy_version": 1, "horizon_days": 14, "owner": f"owner-{course}",
        })  # fmt: skip
    with members.database.writing() as connection:
        connection.execute(schema.alerts.insert(), alerts)
    views = AlertViews(members.database)
    found = views.alerts("main", AlertFilter(within=("A",)), NOW, {}, ())
    assert {row.alert.course for row in found.rows} == {"A"}
    assert (found.found, found.overdue, dict(found.by_state)) == (2, 2, {"open": 2})
    assert "too_hard" not in dict(found.by_cause)
    assert dict(found.by_tier) == {"tier-A": 2}
    assert found.owners == ("owner-A",)
    assert views.alerts("main", AlertFilter(course="B", within=("A",)), NOW, {}, ()).found == 0
    assert views.alerts("main", AlertFilter(within=()), NOW, {}, ()).found == 0
    assert store.candidate_counts("main", day, "cause", ()) == []
