"""Exports: every kind in its schema, of its days and tenant, whole or not at all, on a platform that was run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from api_site import ApiSite, open_site
from pyarrow import csv
from small_platform import Run
from told_risks import AS_OF, keep_night

from staycourse.adapters.store import schema
from staycourse.app.outgoing import EXPORTS, export
from staycourse.app.outgoing import exports as module
from staycourse.events import Learner
from staycourse.kernel import BadInput, StorageFault

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiSite]:
    monkeypatch.setattr(module, "AT_ONCE", 3)  # many pages
    with open_site(tmp_path / "home") as opened:
        yield opened


def put_messages(site: ApiSite, count: int, tenant: str = "main") -> None:
    message = {"tenant": tenant, "course": "c", "playbook": "p", "purpose": "care", "template": "t", "details": {},
               "due": NOW, "state": "sent", "sent": NOW}  # fmt: skip
    rows = [
        {**message, "learner": f"l{at}", "key": f"k{at:02d}", "created": NOW + timedelta(days=at)}
        for at in range(count)
    ]
    with site.home.database.writing() as connection:
        connection.execute(schema.messages.insert(), rows)


def put_alert(site: ApiSite, name: str, risk: float) -> None:
    row = {"alert": name, "tenant": "main", "learner": name, "course": "c", "cause": "price", "tier": "core",
           "trigger": "event", "opened": NOW, "as_of": AS_OF, "seen_on": AS_OF, "risk": risk, "priority": 0.0,
           "suggestion": "", "due": NOW, "rules": [], "reasons": [], "state": "open", "policy_version": 0,
           "horizon_days": 14}  # fmt: skip
    with site.home.database.writing() as connection:
        connection.execute(schema.alerts.insert(), [row])


def test_a_risk_that_nothing_has_computed_is_empty(site: ApiSite, tmp_path: Path) -> None:
    put_alert(site, "heard", 0.0)
    put_alert(site, "seen", 0.5)
    found = pq.read_table(export(site.home, "main", "alerts", tmp_path).place).to_pylist()
    assert {row["alert"]: row["risk"] for row in found} == {"heard": None, "seen": 0.5}
    place = export(site.home, "main", "alerts", tmp_path / "alerts.csv").place
    assert {row["alert"]: row["risk"] for row in csv.read_csv(place).to_pylist()} == {"heard": None, "seen": 0.5}


def test_days_that_end_before_they_begin_are_refused(site: ApiSite, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="last: it lies before the first; check both days"):
        export(site.home, "main", "risks", tmp_path, date(2026, 3, 2), date(2026, 3, 1))


def test_every_kind_has_its_schema_even_of_nothing(site: ApiSite, tmp_path: Path) -> None:
    for kind, form in EXPORTS.items():
        done = export(site.home, "main", kind, tmp_path / "out" / f"{kind}.parquet")
        found = pq.read_table(done.place)
        assert found.schema.equals(form.schema) and done.rows == found.num_rows == 0
        assert found.schema.metadata[b"staycourse.version"] == b"1"
        assert found.schema.metadata[b"staycourse.export"] == kind.encode()
        assert export(site.home, "main", kind, tmp_path / "out" / f"{kind}.csv").rows == 0


def test_rows_of_many_pages_come_once_and_of_one_tenant(site: ApiSite, tmp_path: Path) -> None:
    put_messages(site, 10)
    put_messages(site, 4, tenant="other")
    place = export(site.home, "main", "messages", tmp_path).place
    assert place.name == "messages.parquet"
    assert sorted(pq.read_table(place)["key"].to_pylist()) == [f"k{at:02d}" for at in range(10)]
    some = export(site.home, "main", "messages", place, date(2026, 3, 4), date(2026, 3, 6))
    assert sorted(pq.read_table(place)["key"].to_pylist()) == ["k02", "k03", "k04"] and some.rows == 3


def test_risks_are_of_the_days_asked_for(site: ApiSite, tmp_path: Path) -> None:
    for day in (AS_OF, AS_OF + timedelta(days=1)):
        keep_night(site.home, "main", ["anna", "ben"], day)
    assert export(site.home, "main", "risks", tmp_path).rows == 4
    place = export(site.home, "main", "risks", tmp_path / "r.csv", AS_OF, AS_OF).place
    rows = csv.read_csv(place)
    assert rows["learner"].to_pylist() == ["anna", "ben"] and '"signal":"days_absent"' in rows["reasons"][0].as_py()


def test_learners_come_with_what_is_known_of_them(site: ApiSite, tmp_path: Path) -> None:
    site.home.store.put_learners("main", [Learner(learner=f"l{at}", name="N" * at or None) for at in range(8)])
    found = pq.read_table(export(site.home, "main", "learners", tmp_path).place)
    assert found["learner"].to_pylist() == [f"l{at}" for at in range(8)] and found["name"][0].as_py() is None


def test_what_breaks_off_leaves_the_former_file(site: ApiSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_messages(site, 5)
    place = export(site.home, "main", "messages", tmp_path).place
    before = place.read_bytes()
    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(StorageFault, match="No space"):
            export(site.home, "main", "messages", tmp_path)
    assert place.read_bytes() == before and [file.name for file in tmp_path.glob(".*")] == []


def test_what_cannot_be_written_is_said(site: ApiSite, tmp_path: Path) -> None:
    for kind, place in (("eggs", tmp_path), ("risks", tmp_path / "r.xlsx")):
        with pytest.raises(BadInput):
            export(site.home, "main", kind, place)


def test_a_platform_that_was_run_exports_all_it_has(run: Run, events_file: Path, tmp_path: Path) -> None:
    for verb in (("import", "events", str(events_file)), ("nightly",), ("tick",)):
        code, _, errors = run(*verb)
        assert code == 0, errors
    rows = {}
    for kind in EXPORTS:
        code, out, errors = run("export", kind, "--out", str(tmp_path / "out"), "--json")
        assert code == 0, errors
        rows[kind] = pq.read_metadata(tmp_path / "out" / f"{kind}.parquet").num_rows
        assert f'"rows": {rows[kind]}' in out
    assert rows["risks"] > 0 and rows["alerts"] > 0 and rows["events"] > 1000 and rows["signals"] > rows["risks"]
    code, out, _ = run("export", "events", "--out", str(tmp_path / "some.csv"), "--first", "2024-02-01",
                       "--last", "2024-02-02")  # fmt: skip
    days = set(csv.read_csv(tmp_path / "some.csv")["event_day"].to_pylist())
    assert code == 0 and days == {date(2024, 2, 1), date(2024, 2, 2)}


def test_the_api_gives_the_same_file_to_who_may_read(site: ApiSite) -> None:
    put_messages(site, 4)
    put_messages(site, 9, tenant="other")
    answer = site.ask("/v1/exports/messages.parquet", method="GET")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert pq.read_table(pa.BufferReader(answer.content)).num_rows == 4
    assert list(site.home.path.glob("export-*")) == []
    assert site.ask("/v1/exports/eggs.parquet", method="GET").status_code == 404
    assert site.ask("/v1/exports/messages.parquet", method="GET", key=site.key("write")).status_code == 403
