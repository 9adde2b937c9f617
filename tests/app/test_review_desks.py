"""The policy and the week over a real home: a trial runs beside, a person accepts, the command writes the file."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import date, datetime
from pathlib import Path

import pytest
from small_platform import NOW, Run

from staycourse.adapters.store import schema
from staycourse.app.care import Care
from staycourse.app.desks import HomeWeeks, care_desk
from staycourse.app.homes import Home, open_home
from staycourse.app.policies import trials_at_work
from staycourse.desk import PolicyDesk, Trial
from staycourse.kernel import BadInput, BadPolicy, HomeInUse, read_settings
from staycourse.policy import default_policy_text

OTHER = default_policy_text().replace("absent_days = 7", "absent_days = 9")


@pytest.fixture
def filled(run: Run, night_home: Path) -> Path:
    return night_home


def test_a_policy_is_tried_and_accepted_by_a_person(filled: Path) -> None:
    settings, now = read_settings(os.environ, home=filled), datetime.fromisoformat(NOW)
    with open_home(settings, writing=False) as home:
        desk = care_desk(Care(home)).policies
        assert desk is not None
        with pytest.raises(BadPolicy):
            desk.begin(home.tenant, "backtest", "Li", now, text="nonsense")
        trial = desk.begin(home.tenant, "backtest", "Li", now, text=OTHER)
        assert desk.trial(home.tenant, trial).state == "asked"
        with pytest.raises(BadInput):
            desk.accept(home.tenant, OTHER, "  ", "Li", now)
        before = desk.sheet(home.tenant).version
        with open_home(settings, writing=True), pytest.raises(HomeInUse):
            desk.accept(home.tenant, OTHER, "fewer alerts", "Li", now)
        assert desk.accept(home.tenant, OTHER, "fewer alerts", "Li", now)
        assert not desk.accept(home.tenant, OTHER, "again", "Li", now)
        sheet = desk.sheet(home.tenant)
        assert (sheet.version, sheet.policy.tiers.regular.absent_days) == (before + 1, 9)
        (line,) = (one for one in Care(home).audit.read(home.tenant) if one["action"] == "policy.accept")
        assert (line["actor"], line["details"]["note"]) == ("Li", "fewer alerts")


def test_a_trial_runs_in_a_process_of_its_own_and_outlives_being_killed(filled: Path) -> None:
    with open_home(read_settings(os.environ, home=filled), writing=False) as home:
        desk = care_desk(Care(home)).policies
        assert desk is not None
        now = datetime.fromisoformat(NOW)
        trial = desk.begin(home.tenant, "backtest", "Li", now, text=OTHER)
        other = desk.begin(home.tenant, "budget", "Li", now)
        with trials_at_work(home) as keeper:
            waited(desk, home, trial, "running")
            assert keeper.child is not None
            assert keeper.child.pid is not None
            os.kill(keeper.child.pid, signal.SIGKILL)
            done = waited(desk, home, trial, "done")
            assert waited(desk, home, other, "done", "failed").state
        assert done.backtest is not None
        assert done.backtest.candidate.total.alerts <= done.backtest.today.total.alerts
        assert [one.id for one in desk.sheet(home.tenant).trials] == sorted([trial, other])
        last = desk.begin(home.tenant, "proposals", "Li", now)
        with trials_at_work(home):  # a server that is stopped gives back what it had begun
            waited(desk, home, last, "running")
        assert desk.trial(home.tenant, last).state == "asked"
        assert desk.cancel(home.tenant, last, now)


def waited(desk: PolicyDesk, home: Home, trial: str, *states: str) -> Trial:
    """Wait until a trial is in one of `states`."""
    until = time.monotonic() + 240
    while (found := desk.trial(home.tenant, trial)).state not in states:
        assert time.monotonic() < until, found
        time.sleep(0.01)
    return found


def test_a_week_to_come_is_refused_and_a_simulated_home_is_marked(filled: Path) -> None:
    with open_home(read_settings(os.environ, home=filled), writing=False) as home:
        care = Care(home)
        weeks, desk = HomeWeeks(care), care_desk(care)
        review = weeks.review(home.tenant, None)
        assert (review.first, review.whole, review.caveat) == (date(2024, 3, 4), True, "")
        assert review.seen.nights == 1
        with pytest.raises(BadInput):
            weeks.review(home.tenant, date(2024, 3, 25))
        care.facts.put_cursor(home.tenant, "simulated", "seed 1")
        assert weeks.review(home.tenant, None).caveat == "simulated"
        assert desk.caveat is not None
        assert desk.caveat() == "simulated"


def test_a_home_whose_messages_all_went_into_a_file_says_so_until_one_reaches_somebody(filled: Path) -> None:
    with open_home(read_settings(os.environ, home=filled), writing=False) as home:
        care = Care(home)
        weeks = HomeWeeks(care)
        message = {
            "tenant": home.tenant, "key": "1", "learner": "anna", "course": "", "playbook": "welcome",
            "purpose": "care", "template": "welcome", "details": {}, "state": "withheld", "channel": "",
        } | dict.fromkeys(("due", "created"), home.settings.clock.now())  # fmt: skip
        with home.database.writing() as connection:
            connection.execute(schema.messages.insert(), [message])
        assert weeks.review(home.tenant, None).caveat == ""
        with home.database.writing() as connection:
            connection.execute(schema.messages.insert(), [message | {"key": "2", "state": "sent", "channel": "file"}])
        assert weeks.review(home.tenant, None).caveat == "unreached"
        with home.database.writing() as connection:
            connection.execute(schema.messages.insert(), [message | {"key": "3", "state": "sent", "channel": "inbox"}])
        assert weeks.review(home.tenant, None).caveat == ""


def test_the_command_writes_the_week_as_it_is_asked(filled: Path, run: Run, tmp_path: Path) -> None:
    assert filled.exists()
    code, said, _ = run("review", "--week", "2024-03-06")
    assert code == 0
    assert said.startswith("# The week in review")
    page = tmp_path / "week.html"
    assert run("review", "--write", page, "--language", "zh-CN")[0] == 0
    assert page.read_text("utf-8").startswith('<!doctype html>\n<html lang="zh-CN">')
    assert run("review", "--write", page)[0] == 2
    code, said, _ = run("review", "--json")
    assert json.loads(said)["first"] == "2024-03-04"
