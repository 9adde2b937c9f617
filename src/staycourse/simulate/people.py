"""Who the learners are beside their histories: zones, ages, addresses. All of it is drawn: the histories tell none."""

from __future__ import annotations

from datetime import date

import numpy as np

from staycourse.events import Learner
from staycourse.simulate.assumptions import Assumptions

ZONES = (
    "Europe/London", "Europe/Berlin", "Africa/Casablanca", "Asia/Shanghai", "Asia/Kolkata", "Asia/Tokyo",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Honolulu", "America/New_York",
    "America/St_Johns", "America/Santiago", "America/Los_Angeles",
)  # fmt: skip
"""Where learners live: on every side of the date line, with and without daylight saving, of whole and broken hours."""

DOMAIN = "learners.invalid"
"""A domain that can never exist (RFC 2606): nothing simulated could reach anybody."""


def person_of(learner: str, draws: np.random.Generator, assumed: Assumptions, on: date) -> Learner:
    """Draw one learner's attributes as of a day; some minors have no guardian's address, and are never written to."""
    minor = bool(draws.random() < assumed.minors)
    age = int(draws.integers(11, 16)) if minor else int(draws.integers(20, 60))
    guardian = minor and bool(draws.random() < assumed.guardians)
    paid = int(draws.integers(0, 40)) * 1000
    return Learner(
        learner=learner,
        zone=ZONES[int(draws.integers(len(ZONES)))],
        birth_year=on.year - age,
        birthday=f"{int(draws.integers(1, 13)):02d}-{int(draws.integers(1, 29)):02d}",
        language="zh-CN" if draws.random() < 0.3 else "en",
        paid_minor=paid,
        currency="CNY",
        email=f"{learner}@{DOMAIN}",
        guardian=f"guardian.of.{learner}@{DOMAIN}" if guardian else None,
    )
