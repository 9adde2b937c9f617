"""Simulated homes for tests: what is simulated, and what stands there afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from staycourse.kernel import Settings, read_settings
from staycourse.simulate import TENANT, Report

CHATTY = """
[playbooks.chatty]
title = { en = "Says too much", zh_CN = "话太多" }
enter = { event = "home_viewed" }
priority = 99
holdout_share = 0.2
again_after_days = 0
leave_on = ["unsubscribe"]
steps = [
  { id = "one", do = "send", template = "welcome" },
  { id = "wait", do = "wait", hours = 5 },
  { id = "two", do = "send", template = "habit_week" },
  { id = "again", do = "wait", hours = 5 },
  { id = "three", do = "send", template = "welcome" },
]
"""
"""A playbook that would write three times a day to everybody who learns: only the guard stands before the learner."""

START, DAYS, LEARNERS = date(2015, 3, 2), 49, 30
"""To 19 April 2015: the clocks of most of the zones change within it, on either side of the equator."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A finished simulation: its report, its settings, and its truth.json."""

    report: Report
    settings: Settings
    truth: dict[str, Any]


def settings_in(place: Path) -> Settings:
    """Return settings of a home for simulation."""
    return read_settings({}, home=place, tenant=TENANT)
