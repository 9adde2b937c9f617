"""A home with anything real in it is never simulated, and what the command shows says that it is simulated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from simulated_homes import settings_in
from small_platform import Run

from staycourse.app.homes import open_home
from staycourse.care import Outgoing, TransportFault
from staycourse.kernel import LANGUAGES, BadInput, translator
from staycourse.simulate import MARK, Plan, simulate
from staycourse.simulate.channel import SimulatedChannel

SMALL = Plan(days=1, learners=2)


def test_a_home_with_real_events_is_refused(run: Run, events_file: Path) -> None:
    assert run("import", "events", events_file)[0] == 0
    code, _, errors = run("simulate", "--days", 1, "--learners", 2)
    assert code == 2
    assert "not the sample's" in errors
    assert "--home" in errors
    assert run("--tenant", "main", "simulate", "--days", 1, "--learners", 2)[0] == 2


@pytest.mark.parametrize("file", ["channels.toml", "policy.toml"])
def test_a_home_that_could_reach_people_or_has_a_policy_is_refused(tmp_path: Path, file: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / file).write_text("", encoding="utf-8")
    with pytest.raises(BadInput, match=file):
        simulate(settings_in(home), SMALL)


def test_the_command_marks_its_home_and_is_not_run_twice_on_it(run: Run, tmp_path: Path) -> None:
    code, output, errors = run("simulate", "--days", 2, "--learners", 3, "--json")
    assert code == 0, errors
    report = json.loads(output)
    assert report["simulated"] is True
    assert report["broken"] == []
    assert "Simulated" in errors
    with open_home(settings_in(tmp_path / "home"), writing=False) as home:
        assert home.store.tenants() == {"simulated": "UTC"}
    code, _, errors = run("simulate", "--days", 2, "--learners", 3)
    assert code == 2
    assert "simulated already" in errors


@pytest.mark.parametrize("plan", [Plan(days=0), Plan(days=10**6), Plan(learners=0), Plan(seed=-1)])
def test_a_plan_that_cannot_be_is_refused(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(BadInput, match="simulate"):
        simulate(settings_in(tmp_path / "home"), plan)


def test_every_word_is_there_in_both_languages() -> None:
    names = ("help", "short", "days", "seed", "learners", "ds365", "made_up", "going", "done", "counts", "look", "kept")
    for language in LANGUAGES:
        assert all(translator(language).has(f"cli.simulate.{name}") for name in names)
    assert "simulated" in translator("en").text("cli.simulate.counts").lower()
    assert MARK == "simulated"


def test_the_channel_takes_a_key_once_and_refuses_an_address_that_never_worked() -> None:
    message = Outgoing("k", "t", "anna", "anna@learners.invalid", "en", "Hello", "Hello", "care")
    channel = SimulatedChannel()
    assert channel.send(message) == channel.send(message)
    assert [one.learner for one in channel.collect()] == ["anna"]
    assert channel.collect() == []
    assert channel.health().state == "ok"
    with pytest.raises(TransportFault) as refused:
        SimulatedChannel(bounces=1.0).send(message)
    assert refused.value.permanent
