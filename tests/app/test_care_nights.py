"""A night hands over to care: alerts are answered, and who learned again leaves, though events come by the day."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from staycourse.adapters.store import schema
from staycourse.app.care import Care, run_tick
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import run_nightly
from staycourse.events import Course, Event
from staycourse.kernel import FixedClock, Settings

FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
POLICY = """
[care.links]
home = "https://learn.example/"
[care.holdout]
share = 0.0
[playbooks.friendly_question]
holdout_share = 0.0
[playbooks.welcome_back]
enabled = false
[playbooks.habit]
enabled = false
"""


def learned(learner: str, day: int) -> Event:
    at = FIRST + timedelta(days=day, hours=2)
    return Event(
        event_id=f"{learner}-{day}", learner=learner, course="c", verb="content_viewed", time=at, value=3, backfill=True
    )


def opened(tmp_path: Path, day: int) -> AbstractContextManager[Home]:
    """Open the home on the morning after `day`."""
    clock = FixedClock(FIRST + timedelta(days=day + 1))
    settings = Settings(tmp_path / "home", "main", "UTC", clock, 1, 1, public_url="https://care.example")
    return open_home(settings, writing=True)


def begin(home: Home) -> None:
    """Two learners stop after ten days; eight others go on."""
    (home.path / "policy.toml").write_text(POLICY, encoding="utf-8")
    home.store.put_courses("main", [Course(course="c", title="C", starts_on=FIRST.date())])
    home.log.append("main", [learned(who, day) for who in ("anna", "ben") for day in range(10)])
    home.log.append("main", [learned(f"other{n}", day) for n in range(8) for day in range(21)])


def night(home: Home, day: int) -> Care:
    run_nightly(home, (FIRST + timedelta(days=day)).date(), lambda _name, _seconds: None)
    care = Care(home)
    run_tick(care)
    return care


def test_who_learned_again_by_the_days_file_leaves_the_journey(tmp_path: Path) -> None:
    with opened(tmp_path, 20) as home:
        begin(home)
        care = night(home, 20)
        assert {one.learner for one in care.journeys.active("main")} == {"anna", "ben"}
    with opened(tmp_path, 21) as home:
        home.log.append("main", [learned("anna", 21)])
        care = night(home, 21)
        assert {one.learner for one in care.journeys.active("main")} == {"ben"}
        standing, closed = care.alerts.standing("main", FIRST)
        assert {alert.learner for alert in standing} == {"ben"}
        assert {(alert.learner, alert.closed_by) for alert in closed} == {("anna", "return")}


def test_the_same_night_twice_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, 20) as home:
        begin(home)
        care = night(home, 20)
        before = care.journeys.counts("main"), care.alerts.standing("main", FIRST)
        night(home, 20)
        assert (care.journeys.counts("main"), care.alerts.standing("main", FIRST)) == before


def test_a_messages_link_goes_by_way_of_us_to_the_policys_own_page(tmp_path: Path) -> None:
    with opened(tmp_path, 20) as home:
        begin(home)
        policy = (home.path / "policy.toml").read_text(encoding="utf-8")
        camp = '[playbooks.friendly_question]\nsteps = [{ id = "a", do = "send", template = "camp_invitation" }]\n'
        (home.path / "policy.toml").write_text(
            policy.replace("[playbooks.friendly_question]\n", camp), encoding="utf-8"
        )
        care = night(home, 20)
        (message,) = care.inbox.read("main", "anna")
        token = care.links.read(message["data"]["link"].rpartition("/")[2], home.settings.clock.now().date())
        assert (token.learner, token.action, token.detail) == ("anna", "click", "https://learn.example/")


def test_who_left_is_noted_once_with_the_day_the_silence_reached_the_horizon(tmp_path: Path) -> None:
    with opened(tmp_path, 20) as home:
        begin(home)
        night(home, 20)
    with opened(tmp_path, 36) as home:
        home.log.append("main", [learned(f"other{n}", day) for n in range(8) for day in range(21, 36)])
        for _ in range(2):
            night(home, 36)
        with home.database.reading() as connection:
            left = connection.execute(select(schema.leavers.c.learner, schema.leavers.c.left_on)).all()
        assert {(one.learner, (one.left_on - FIRST.date()).days) for one in left} == {("anna", 23), ("ben", 23)}
