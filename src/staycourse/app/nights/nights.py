"""The nightly path and the back-test, on one home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from staycourse.adapters.store import ModelEntry, Run
from staycourse.app.care.care import Care
from staycourse.app.care.care_nights import CareNight
from staycourse.app.care.clocks import require_right
from staycourse.app.care.live_nights import LiveNight
from staycourse.app.homes.home import Home
from staycourse.app.nights.compaction import take_in
from staycourse.app.policies import take_policy_file
from staycourse.loop import Night, OnStep, Parts, nightly
from staycourse.review import BacktestPlan, BacktestReport, backtest
from staycourse.risk import LightGBMModel, load_model
from staycourse.signals import Label


def run_nightly(home: Home, as_of: date, on_step: OnStep) -> Night:
    """Run the nightly path of the home's tenant as of the end of `as_of`; ClockFault by a clock known to be ahead."""
    require_right(home)
    take_policy_file(home)
    started = home.settings.clock.now()
    care = LiveNight(home, CareNight(Care(home)))
    parts = Parts(_Facts(home), home.engine, home.store, _NightShelf(home, started), care)
    return nightly(parts, home.tenant, as_of, home.policy(home.tenant), on_step)


def run_backtest(
    home: Home,
    *,
    train_until: date,
    test_from: date,
    test_to: date | None,
    every: int,
    horizon: int | None,
    label: Label | None,
) -> BacktestReport:
    """Train on what was known by one day and test on later ones; the home is only read."""
    policy = home.policy(home.tenant)
    plan = BacktestPlan(
        train_until=train_until,
        test_from=test_from,
        test_to=test_to,
        every_days=every,
        horizon_days=horizon or policy.churn.horizon_days,
        label=label or policy.churn.label,
    )
    return backtest(
        home.engine, home.tenant, home.store.courses(home.tenant), home.store.learners(home.tenant), policy, plan
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    home: Home

    def compact(self) -> Mapping[str, int]:
        report = take_in(self.home)
        return {"events": report.events, "repeated": report.repeated}


@dataclass(frozen=True, slots=True)
class _NightShelf:
    home: Home
    started: datetime

    def keep_risks(self, tenant: str, as_of: date, risks: pa.Table) -> None:
        self.home.shelf.keep_risks(tenant, as_of, risks)

    def newest_model(self, tenant: str, known_by: date) -> LightGBMModel | None:
        entry = self.home.store.newest_model(tenant, known_by)
        return load_model(self.home.shelf.model_folder(tenant, entry.model)) if entry else None

    def keep_model(self, tenant: str, model: LightGBMModel) -> None:
        model.save(self.home.shelf.model_folder(tenant, model.model_id))
        self.home.store.add_model(tenant, ModelEntry(model.model_id, model.known_by, self.started, model.card()))

    def keep_night(self, tenant: str, night: Night, found: Sequence[Mapping[str, Any]]) -> None:
        run = Run(
            as_of=night.as_of,
            started=self.started,
            finished=self.home.settings.clock.now(),
            enrolments=night.enrolments,
            candidates=night.candidates,
            basis=night.basis,
            model=night.model,
            policy_version=night.policy_version,
            steps=[list(step) for step in night.steps],
        )
        self.home.store.put_run(tenant, run, found)
