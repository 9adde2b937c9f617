"""Engines over a small school made by chance: the same data and the same expectations for each of them.

Spark starts in seconds and plans in seconds, so one session serves all its tests, and it is asked what tells dialects
apart. It needs Java; where there is none its tests are skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from kinds import KINDS, ONE_OF_EACH, engine_at, stop_spark
from plain_definitions import Happening, Known
from small_school import AS_OF, COURSES, Lake, courses, day, happenings

from staycourse.adapters.engines import SQLEngine

Engine = SQLEngine[object]  # type: ignore[type-var]


def _marked(kind: str) -> object:
    """Let one process ask all that is asked of an engine that was filled once."""
    return pytest.param(kind, marks=pytest.mark.xdist_group("spark" if kind == "spark" else "engines"))


def _require(kind: str) -> None:
    if kind == "spark" and shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none")


@pytest.fixture(scope="session", params=[_marked(kind) for kind in KINDS])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name each engine in turn."""
    _require(request.param)
    yield request.param
    if request.param == "spark":
        stop_spark()


@pytest.fixture(params=[kind for kind in KINDS if kind != "spark"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Iterable[Happening]], Engine]:
    """Make an engine over happenings, rolled up: embedded ones only, since many are made."""

    def make(events: Iterable[Happening]) -> Engine:
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        lake = Lake(home)
        lake.add(events)
        engine = engine_at(request.param, lake)
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
def rolled_up(kind: str, chanced: list[Happening], tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The same happenings that `known` knows, which each kind of engine rolled up itself."""
    lake = Lake(tmp_path_factory.mktemp("home"))
    lake.add(chanced)
    engine_at(kind, lake).roll_up("school")
    return lake


@pytest.fixture(scope="session")
def engine(kind: str, rolled_up: Lake) -> Engine:
    """One engine with the whole catalogue."""
    return engine_at(kind, rolled_up)


@pytest.fixture(scope="session")
def sweeping(kind: str, rolled_up: Lake) -> Engine:
    """One engine with a signal of every form."""
    return engine_at(kind, rolled_up, ONE_OF_EACH)


@pytest.fixture(scope="session")
def table(engine: Engine) -> pa.Table:
    """Every signal of everybody."""
    return engine.signals("school", day(AS_OF), courses())
