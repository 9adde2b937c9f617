"""File and store do not fight: what is accepted stays accepted, and no operator's text is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from staycourse.app.homes import Home, open_home
from staycourse.app.policies import accept_policy, policy_text, policy_versions, rollback_policy
from staycourse.kernel import BadPolicy, FixedClock, NotFound, Settings
from staycourse.policy import default_policy_text

FIRST = "# mine\n[churn]\nhorizon_days = 10\n"
SECOND = "[churn]\nhorizon_days = 21  # longer\r\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    clock = FixedClock(datetime(2024, 6, 1, tzinfo=UTC))
    with open_home(Settings(tmp_path / "home", "main", "UTC", clock, 1, 1), writing=True) as opened:
        yield opened


def written(home: Home, text: str) -> Path:
    place = home.path.parent / "candidate.toml"
    place.write_bytes(text.encode())
    return place


def accepted(home: Home, text: str) -> int:
    return accept_policy(home, written(home, text), note="try", author="ann").version


def test_accepting_writes_the_file_and_the_next_night_agrees(home: Home) -> None:
    assert accepted(home, FIRST) == 1
    assert (home.path / "policy.toml").read_bytes() == FIRST.encode()
    home.accept_policy_file()
    assert [entry.version for entry in policy_versions(home)] == [1]
    assert home.policy("main").churn.horizon_days == 10


def test_the_same_text_is_no_new_version(home: Home) -> None:
    assert (accepted(home, FIRST), accepted(home, FIRST), accepted(home, SECOND)) == (1, 1, 2)


def test_a_rollback_is_a_new_version_and_stays_one(home: Home) -> None:
    accepted(home, FIRST)
    accepted(home, SECOND)
    done = rollback_policy(home, 1, note="back", author="bo")
    assert (done.version, done.fresh) == (3, True)
    home.accept_policy_file()
    newest, *older = policy_versions(home)
    assert (newest.version, newest.parent, newest.author, newest.note, newest.in_force) == (3, 1, "bo", "back", True)
    assert [entry.version for entry in older] == [2, 1]
    assert policy_text(home) == (3, FIRST)
    assert newest.changes[0].field == "churn.horizon_days"


def test_a_night_still_takes_a_changed_file(home: Home) -> None:
    accepted(home, FIRST)
    (home.path / "policy.toml").write_text("[churn]\nhorizon_days = 12\n")
    home.accept_policy_file()
    assert home.policy("main").churn.horizon_days == 12


def test_a_change_nobody_accepted_is_set_aside(home: Home) -> None:
    accepted(home, FIRST)
    (home.path / "policy.toml").write_text("[churn\nbroken")
    done = rollback_policy(home, 1, note="back", author="")
    assert not done.fresh and done.set_aside
    assert (home.path / done.set_aside).read_text() == "[churn\nbroken"
    assert (home.path / "policy.toml").read_text() == FIRST


def test_back_to_the_default_leaves_no_file(home: Home) -> None:
    accepted(home, FIRST)
    assert rollback_policy(home, 0, note="as shipped", author="").version == 2
    assert not (home.path / "policy.toml").exists()
    home.accept_policy_file()
    assert policy_text(home) == (2, default_policy_text())


def test_what_is_wrong_changes_nothing(home: Home) -> None:
    accepted(home, FIRST)
    with pytest.raises(BadPolicy, match=r"line 2.*horizon_days"):
        accepted(home, "[churn]\nhorizon_days = 'soon'\n")
    with pytest.raises(NotFound, match="no version 9"):
        rollback_policy(home, 9, note="x", author="")
    assert policy_text(home) == (1, FIRST)
    assert (home.path / "policy.toml").read_text() == FIRST
