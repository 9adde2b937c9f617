"""Risk tables (one Parquet file an as-of day) and models (one folder each) under a tenant's folder."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.kernel import StorageFault, tenant_id

ROW_GROUP = 8_192
"""Rows of a row group: a page or a learner is read out of one (14 ms; of 50 000 it took 150 ms, files are 8 % smaller).
"""


class Shelf:
    """Keeps what the nightly path made. Writing the same day again replaces it."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def keep_risks(self, tenant: str, as_of: date, risks: pa.Table) -> None:
        """Publish the risks of one as-of day, sorted by learner so that one learner's row group is found at once."""
        place = self._risk_file(tenant, as_of)
        fresh = place.with_suffix(".fresh")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(risks.sort_by([("learner", "ascending"), ("course", "ascending")]), fresh,
                           compression="zstd", row_group_size=ROW_GROUP)  # fmt: skip
            with fresh.open("rb") as stream:
                os.fsync(stream.fileno())
            fresh.replace(place)
            _sync_folder(place.parent)
        except OSError as error:
            raise StorageFault("the risks could not be kept", where=str(place), mend="check the disk") from error

    def keep_peers(self, tenant: str, as_of: date, standing: pa.Table) -> None:
        """Publish how a night's peers stood (STANDING_COLUMNS: it names nobody), in place of every earlier night's."""
        place = self._peers_file(tenant, as_of)
        fresh = place.with_suffix(".fresh")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(standing, fresh, compression="zstd")
            fresh.replace(place)
            for earlier in place.parent.glob("as_of=*.parquet"):
                if earlier.name < place.name:
                    earlier.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFault("the peers could not be kept", where=str(place), mend="check the disk") from error

    def peers(self, tenant: str, as_of: date) -> pa.Table | None:
        """Return how the peers of a night stood, None if it is not kept (any more)."""
        place = self._peers_file(tenant, as_of)
        return pq.read_table(place, partitioning=None) if place.is_file() else None

    def risks(self, tenant: str, as_of: date) -> pa.Table | None:
        """Return the risks of one as-of day, None if that day was not run."""
        place = self._risk_file(tenant, as_of)
        return pq.read_table(place) if place.is_file() else None

    def risk_file(self, tenant: str, as_of: date) -> Path:
        """Return where the risks of one as-of day are, or would be."""
        return self._risk_file(tenant, as_of)

    def risk_days(self, tenant: str) -> list[date]:
        """Return the as-of days that were run, oldest first."""
        folder = self._folder(tenant) / "risks"
        return sorted(date.fromisoformat(file.stem.removeprefix("as_of=")) for file in folder.glob("as_of=*.parquet"))

    def learner_risks(self, tenant: str, learner: str) -> pa.Table | None:
        """Return every kept risk of one learner, oldest first; None if no day was run."""
        import pyarrow.dataset as ds  # brings pandas along

        paths = [str(self._risk_file(tenant, day)) for day in self.risk_days(tenant)]
        if not paths:
            return None
        found = ds.dataset(paths, format="parquet").to_table(filter=ds.field("learner") == learner)
        return found.sort_by([("as_of", "ascending"), ("course", "ascending")])

    def erase(self, tenant: str, learner: str) -> int:
        """Take every kept risk of `learner` away, and what a broken-off night left; return how many rows went."""
        import pyarrow.dataset as ds  # brings pandas along

        gone = 0
        for left in (self._folder(tenant) / "risks").glob("*.fresh"):
            left.unlink()
        for day in self.risk_days(tenant):
            place = str(self._risk_file(tenant, day))
            count = ds.dataset(place, format="parquet").count_rows(filter=ds.field("learner") == learner)
            if count:
                risks = pq.read_table(place)
                self.keep_risks(tenant, day, risks.filter(pc.not_equal(risks["learner"], learner)))
                gone += count
        return gone

    def drop_models(self, tenant: str) -> int:
        """Remove every model of the tenant; return how many there were."""
        folder = self._folder(tenant) / "models"
        models = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        for path in models:
            shutil.rmtree(path)
        return len(models)

    def model_folder(self, tenant: str, model: str) -> Path:
        """Return where a model is (to be) kept."""
        return self._folder(tenant) / "models" / model

    def _folder(self, tenant: str) -> Path:
        return self._home / "tenants" / tenant_id(tenant)

    def _peers_file(self, tenant: str, as_of: date) -> Path:
        return self._folder(tenant) / "peers" / f"as_of={as_of.isoformat()}.parquet"

    def _risk_file(self, tenant: str, as_of: date) -> Path:
        return self._folder(tenant) / "risks" / f"as_of={as_of.isoformat()}.parquet"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
