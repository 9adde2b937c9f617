"""Engines over a small school made by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from plain_definitions import Happening, Known
from small_school import AS_OF, COURSES, Lake, happenings

from staycourse.adapters.engines import DuckDBEngine


@pytest.fixture
def platform(tmp_path: Path) -> Callable[[Iterable[Happening]], DuckDBEngine]:
    """Make an engine over happenings, rolled up."""

    def make(events: Iterable[Happening]) -> DuckDBEngine:
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        lake = Lake(home)
        lake.add(events)
        engine = DuckDBEngine(home, lake.files, threads=1, memory_gigabytes=1)
        engine.roll_up("school")
        return engine

    return make


@pytest.fixture(scope="session")
def chanced() -> list[Happening]:
    return happenings(1, count=6000)


@pytest.fixture(scope="session")
def known(chanced: list[Happening]) -> Known:
    return Known(chanced, AS_OF, COURSES)


@pytest.fixture(scope="session")
def engine(chanced: list[Happening], tmp_path_factory: pytest.TempPathFactory) -> DuckDBEngine:
    """One engine over the same happenings that `known` knows."""
    lake = Lake(tmp_path_factory.mktemp("home"))
    lake.add(chanced)
    engine = DuckDBEngine(lake.home, lake.files, threads=1, memory_gigabytes=1)
    engine.roll_up("school")
    return engine
