"""The command line called in this process, on a home of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings
from small_platform import NOW, Run, platform_events

from staycourse.cli import main

pytest_plugins = ["databases", "quick_folders", "quick_stores"]  # every room may ask for a store on each database

# The machines are shared: how long an example takes says nothing about the code.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Let tests of one `xdist_group` run in one process, and those of a module that makes something once for all.

    They would be dealt out one by one, so that each process makes it. xdist 3.8 writes the group where pytest 9.2 looks
    no more.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None and _makes_once(item):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    yield
    for item in items:
        grouped = vars(item).get("_nodeid")
        if grouped is not None and grouped != item.nodeid:
            item._id = NodeId.parse(grouped)


def _makes_once(item: pytest.Item) -> bool:
    """Say whether a test asks for something that is made once for its module."""
    asked = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    return any(fixture.scope == "module" for fixtures in asked.values() for fixture in fixtures)


def environment_of(folder: Path) -> Mapping[str, str]:
    """Return the environment in which the command line is called on `folder`/home."""
    return {
        "STAYCOURSE_HOME": str(folder / "home"), "STAYCOURSE_NOW": NOW, "STAYCOURSE_LANGUAGE": "en", "COLUMNS": "200",
    }  # fmt: skip


def write_events(folder: Path) -> Path:
    """Write the platform's events as JSONL."""
    place = folder / "events.jsonl"
    place.write_text("".join(json.dumps(event) + "\n" for event in platform_events()), encoding="utf-8")
    return place


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Call the command line in this process; gives exit code, output, errors."""
    for name, value in environment_of(tmp_path).items():
        monkeypatch.setenv(name, value)

    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def events_file(tmp_path: Path) -> Path:
    """Write the platform's events as JSONL."""
    return write_events(tmp_path)


@pytest.fixture(scope="session")
def a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the home that `night_home` copies, by the command line: each takes seconds."""
    folder = tmp_path_factory.mktemp("a-night")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(folder).items():
            patch.setenv(name, value)
        main(["import", "events", str(write_events(folder))])
        main(["nightly"])
    return folder / "home"


@pytest.fixture
def night_home(a_night: Path, tmp_path: Path) -> Path:
    """Give the home of `run` with the platform's events and one night, a copy of its own."""
    return Path(shutil.copytree(a_night, tmp_path / "home"))
