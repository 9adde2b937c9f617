"""One short simulation through the full product, and one fit of habits, for all tests of the room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulated_homes import CHATTY, DAYS, LEARNERS, START, Simulated, settings_in

from staycourse.app.homes import Home, open_home
from staycourse.simulate import Assumptions, Fitted, Plan, Reception, fit, oulad_history, own_policy
from staycourse.simulate import simulate as run_simulation


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Simulate learners to whom the product has every reason to write too often."""
    settings = settings_in(tmp_path_factory.mktemp("simulated") / "home")
    policy = own_policy().replace("[care]\n", "[care]\ncooldown_hours = 0\n", 1) + CHATTY
    # Winning back would reach into the horizons of alerts, whose endings are held against what is exactly true.
    assumed = Assumptions(reception=Reception(unsubscribes=0.02), minors=0.3, win_back=0.0)
    plan = Plan(days=DAYS, learners=LEARNERS, policy=policy, start=START)
    report = run_simulation(settings, plan, assumed)
    return Simulated(report, settings, json.loads(Path(report.truth).read_text(encoding="utf-8")))


@pytest.fixture
def home(simulated: Simulated) -> Iterator[Home]:
    """Open the simulated home."""
    with open_home(simulated.settings, writing=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def habits() -> Fitted:
    """Fit the habits of some learners of the sample."""
    return fit(oulad_history(150, 1).active(), 0.4)
