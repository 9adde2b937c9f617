"""The plain records that the store gives and takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ImportState:
    """How far one import has come. `finished` is None while it is under way or was broken off."""

    fingerprint: str
    format: str
    name: str
    position: int
    events: int
    rejected: int
    started: datetime
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One accepted policy text; `parent` is the version it was made from, None for the first."""

    version: int
    text: str
    note: str
    accepted: datetime
    author: str = ""
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One trained model: its id, the day by whose end its outcomes were known, and its card (metrics, ranges).

    `withdrawn` is when it was given up since a learner it was trained with was erased.
    """

    model: str
    known_by: date
    created: datetime
    card: dict[str, Any]
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One nightly run. `steps` are names and seconds."""

    as_of: date
    started: datetime
    finished: datetime
    enrolments: int
    candidates: int
    basis: str
    model: str | None
    policy_version: int
    steps: list[list[Any]]
