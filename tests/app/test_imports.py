"""An import that is broken off goes on where it was, and loses and doubles nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from staycourse.adapters.store import Store
from staycourse.app.homes import open_home
from staycourse.app.intake import import_path
from staycourse.kernel import BadInput, FixedClock, HomeInUse, Settings

ROWS = 120_000
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def settings(home: Path) -> Settings:
    return Settings(home, "main", "Asia/Shanghai", FixedClock(NOW), 2, 1)


def events_file(place: Path) -> Path:
    with place.open("w") as out:
        for number in range(ROWS):
            event = {"event_id": f"e{number}", "learner": f"l{number % 500}", "course": "c", "verb": "posted"}
            out.write(json.dumps(event | {"time": f"2024-05-{number % 28 + 1:02}T10:00:00Z"}) + "\n")
    return place


def test_broken_off_anywhere_it_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = events_file(tmp_path / "events.jsonl")
    real = Store.put_import
    calls = []

    def broken(store: Store, tenant: str, state: Any) -> None:
        calls.append(state.position)
        if len(calls) == 2:  # the second chunk is in the log, its position is not noted
            raise KeyboardInterrupt
        real(store, tenant, state)

    with monkeypatch.context() as patched, open_home(settings(tmp_path / "home"), writing=True) as home:
        patched.setattr(Store, "put_import", broken)
        with pytest.raises(KeyboardInterrupt):
            import_path(home, "events", file, None, lambda *_: None)
    with open_home(settings(tmp_path / "home"), writing=True) as home:
        report = import_path(home, "events", file, None, lambda *_: None)
        assert report.resumed and 0 < report.events < ROWS
        home.log.roll()
        compacted = home.lake.compact(home.path / "log")
        assert home.lake.health().rows == ROWS
        assert compacted.repeated == report.events - (ROWS - 2 * 50_000), "only the chunk in doubt came twice"


def test_killed_in_its_last_moment_it_names_its_side_file_when_called_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "few.csv"
    file.write_text("learner,verb,time\nu1,logged_in,2024-03-01\nu2,flew,2024-03-01\n")
    real = Store.put_import

    def killed(store: Store, tenant: str, state: Any) -> None:
        if state.finished and when == "before":
            raise KeyboardInterrupt
        real(store, tenant, state)
        if state.finished:
            raise KeyboardInterrupt

    for when in ("before", "after"):
        home_at = settings(tmp_path / when)
        with monkeypatch.context() as patched, open_home(home_at, writing=True) as home:
            patched.setattr(Store, "put_import", killed)
            with pytest.raises(KeyboardInterrupt):
                import_path(home, "events", file, None, lambda *_: None)
        for _ in range(2):
            with open_home(home_at, writing=True) as home:
                report = import_path(home, "events", file, None, lambda *_: None)
            assert report.rejected == 1 and not report.fruitless
            assert report.rejected_file is not None and "flew" in Path(report.rejected_file).read_text()


def test_one_home_has_one_writer(tmp_path: Path) -> None:
    with open_home(settings(tmp_path), writing=True):
        with pytest.raises(HomeInUse, match=r"process [0-9]+"), open_home(settings(tmp_path), writing=True):
            pass
        with open_home(settings(tmp_path), writing=False) as reader:
            assert reader.store.tenants() == {"main": "Asia/Shanghai"}
            reader.log.roll()  # who only reads has a lane of the log too, if it has something to say


def test_a_policy_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe\x00")
    with open_home(settings(tmp_path), writing=True) as home, pytest.raises(BadInput, match="UTF-8"):
        home.accept_policy_file()
