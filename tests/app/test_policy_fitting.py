"""A policy is compared with what the home has before it is in force: no fault waits for the first message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from staycourse.app.care import Care
from staycourse.app.desks import care_desk
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import examine, run_nightly
from staycourse.app.policies import (
    accept_policy,
    backtest_policy,
    check_policy,
    policy_text,
    rollback_policy,
    unaccepted,
)
from staycourse.care.messages import Template
from staycourse.kernel import BadPolicy, FixedClock, Settings
from staycourse.policy import default_policy_text, scene_text, scenes

NOW = datetime(2024, 6, 1, tzinfo=UTC)
BOOK = """[playbooks.mine]
title = {{ en = "Mine", zh_CN = "我的" }}
enter = {{ causes = ["too_hard"] }}
steps = [
  {{ id = "hello", do = "send", template = "{template}" }},
  {{ id = "call", do = "task", script = "{script}", minutes = 10, within_hours = 24 }},
  {{ id = "tell", do = "webhook", channel = "{channel}" }},
]
"""
GOOD = {"template": "welcome", "script": "too_hard", "channel": "file"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(Settings(tmp_path / "home", "main", "UTC", FixedClock(NOW), 1, 1), writing=True) as opened:
        yield opened


def written(home: Home, text: str) -> Path:
    place = home.path.parent / "candidate.toml"
    place.write_text(text)
    return place


def book(**named: str) -> str:
    return BOOK.format(**GOOD | named)


def test_a_step_with_a_template_there_is_none_of_is_refused_by_name(home: Home) -> None:
    place = written(home, book(template="no_such_template"))
    told = r"line 5, playbooks\.mine\.steps\[0\]\.template: step 'hello': there is no template 'no_such_template'"
    with pytest.raises(BadPolicy, match=told):
        check_policy(home, place)
    with pytest.raises(BadPolicy, match=told):
        accept_policy(home, place, note="x", author="ann")
    with pytest.raises(BadPolicy, match=told):
        backtest_policy(home, place, first=date(2024, 4, 1), last=date(2024, 4, 28), every=7)
    desk = care_desk(Care(home)).policies
    assert desk is not None
    with pytest.raises(BadPolicy, match="no_such_template"):
        desk.check("main", place.read_text())
    with pytest.raises(BadPolicy, match="no_such_template"):
        desk.accept("main", place.read_text(), "why", "ann", NOW)
    assert policy_text(home)[0] == 0


def test_a_template_of_the_operators_own_is_one(home: Home) -> None:
    Care(home).templates.save("main", Template("own", "zh-CN", "s", "t", "u"), "ann", NOW)
    (warning, *others) = check_policy(home, written(home, book(template="own", channel="hook"))).warnings
    assert "the template 'own' is not written in en" in warning
    assert len(others) == 1


def test_scripts_and_channels_that_are_not_there_are_named(home: Home) -> None:
    place = written(home, book(script="nonsense", channel="nohook"))
    script, channel = check_policy(home, place).warnings
    assert script == "playbooks.mine call: nobody has written a script 'nonsense'; the task says so"
    assert channel.startswith("playbooks.mine tell: the channel 'nohook' is not set up here")
    assert accept_policy(home, place, note="x", author="ann").warnings == (script, channel)
    desk = care_desk(Care(home)).policies
    assert desk is not None and desk.check("main", place.read_text()).warnings == (script, channel)
    (found,) = [one for one in examine(home) if one.check == "policy"]
    assert found.state == "warn" and "nohook" in found.detail and "nonsense" in found.detail


def test_a_channel_of_another_kind_is_no_webhook(home: Home) -> None:
    (warning,) = check_policy(home, written(home, book())).warnings
    assert warning == "playbooks.mine tell: the channel 'file' is no webhook"


def test_a_bound_of_none_is_said(home: Home) -> None:
    caps = "[care.caps]\nper_day = 0\n[care.caps.channels.sms]\nper_week = 0\n"
    whole, sms = check_policy(home, written(home, caps)).warnings
    assert whole.startswith("care.caps.per_day is 0: nothing would be sent") and "sms.per_week is 0" in sms
    assert check_policy(home, written(home, '[care.caps]\nper_day = "unlimited"\n')).warnings == ()


@pytest.mark.parametrize("text", [default_policy_text(), *(scene_text(scene) for scene in scenes())])
def test_what_ships_fits_a_fresh_home(home: Home, text: str) -> None:
    warned = check_policy(home, written(home, text)).warnings
    # K-12 asks for mail, which a fresh home has not: no guardian reads the inbox.
    assert ["the channel 'email' is not set up" in line for line in warned] == [True] * ('channels = ["email"' in text)


def test_a_policy_file_that_is_not_in_force_is_told(home: Home) -> None:
    assert unaccepted(home) is None
    place = home.path / "policy.toml"
    place.write_text("[churn]\nhorizon_days = 10\n")
    told = str(unaccepted(home))
    assert told.startswith("policy.toml differs from what is in force (version 0): accept it with") and "\n" not in told
    (found,) = [one for one in examine(home) if one.check == "policy"]
    assert found.state == "warn" and told in found.detail
    accept_policy(home, place, note="x", author="ann")
    assert unaccepted(home) is None
    place.unlink()
    assert "the next night takes the default" in str(unaccepted(home))
    rollback_policy(home, 1, note="x", author="ann")
    assert unaccepted(home) is None


def test_a_night_takes_no_policy_that_cannot_be_sent(home: Home) -> None:
    (home.path / "policy.toml").write_text(book(template="no_such_template"))
    with pytest.raises(BadPolicy, match="no_such_template"):
        run_nightly(home, date(2024, 5, 31), lambda *_: None)
    assert policy_text(home)[0] == 0
