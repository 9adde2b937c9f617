"""Numbers of names: dense, kept for good, and never those of another name that has the same hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staycourse.adapters.engines.duckdb import forget_name
from staycourse.adapters.engines.duckdb import numbering as numbering_of_names
from staycourse.adapters.engines.duckdb.numbering import Numbering
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.rollups import Rollups
from staycourse.kernel import StorageFault

DAYS = st.lists(st.sets(st.text("aé的", max_size=3), max_size=12), min_size=1, max_size=5)


def _numbering(folder: Path) -> Numbering:
    return Numbering(DuckDBSession(duckdb.connect()), Rollups(folder), "learners")


def _told(numbering: Numbering, names: Sequence[str]) -> dict[str, int]:
    ordered = sorted(names, key=str.encode)
    return dict(zip(ordered, numbering.numbers_of(pa.array(ordered, pa.string())).tolist(), strict=True))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=DAYS, hashes=st.sampled_from((1, 2, 2**64 - 1)), again=st.booleans(), many=st.integers(1, 4))
def test_each_name_keeps_its_number_however_few_hashes_there_are(
    tmp_path: Path, days: list[set[str]], hashes: int, again: bool, many: int
) -> None:
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        whole = Numbering._hashes_of
        patch.setattr(numbering_of_names, "_MANY_FILES", many)
        patch.setattr(Numbering, "_hashes_of", lambda self, names: whole(self, names) % np.uint64(hashes))
        known: dict[str, int] = {}
        numbering = _numbering(folder)
        for names in days:
            numbering = _numbering(folder) if again else numbering
            fresh = sorted(names - known.keys(), key=str.encode)
            known |= dict(zip(fresh, range(len(known) + 1, len(known) + len(fresh) + 1), strict=True))
            assert _told(numbering, sorted(names)) == {name: known[name] for name in names}
            everyone = Rollups(folder).numbered("learners")
            told = zip(everyone["learner"].to_pylist(), everyone["learner_no"].to_pylist(), strict=True)
            assert dict(told) == known


@pytest.fixture
def together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one file of ann and bob, who are numbered and put together."""
    monkeypatch.setattr(numbering_of_names, "_MANY_FILES", 1)
    _told(_numbering(tmp_path), ["ann", "bob"])
    _numbering(tmp_path)
    return tmp_path / "settled" / "learners.arrow"


def test_who_is_put_together_is_not_read_again(tmp_path: Path, together: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    monkeypatch.setattr(Rollups, "names_in", _noting(read, Rollups.names_in))
    assert _told(_numbering(tmp_path), ["ann", "bob"]) == {"ann": 1, "bob": 2}
    assert Rollups(tmp_path).numbered("learners").num_rows == 2
    assert read == []
    together.unlink()
    assert Rollups(tmp_path).numbered("learners").num_rows == 2
    assert len(read) == 1


def _noting(
    read: list[Path], whole: Callable[[Rollups, str, Sequence[Path]], pa.Table]
) -> Callable[[Rollups, str, Sequence[Path]], pa.Table]:
    def done(rollups: Rollups, table: str, files: Sequence[Path]) -> pa.Table:
        read.extend(files)
        return whole(rollups, table, files)

    return done


@pytest.mark.parametrize("spoil", ["cut", "empty", "other", "of_other_hashes"])
def test_names_spoilt_where_they_are_together_are_read_where_they_are_not(
    tmp_path: Path, together: Path, spoil: str
) -> None:
    held = together.read_bytes()
    other = held.replace(b'"hash": "', b'"hash": "9')[: len(held)]
    spoilt = {"cut": held[: len(held) // 2], "empty": b"", "other": b"no arrow" * 100, "of_other_hashes": other}
    together.write_bytes(spoilt[spoil])
    assert _told(_numbering(tmp_path), ["ann", "bob", "cas"]) == {"ann": 1, "bob": 2, "cas": 3}
    assert together.read_bytes() != spoilt[spoil]


def test_whose_name_was_forgotten_is_in_no_file(tmp_path: Path, together: Path) -> None:
    assert b"bob" in together.read_bytes()
    assert forget_name(tmp_path, "bob") == 1
    assert not together.exists()
    assert _told(_numbering(tmp_path), ["ann", "cas"]) == {"ann": 1, "cas": 3}
    assert b"bob" not in together.read_bytes()


def test_a_file_of_names_that_changed_is_read(tmp_path: Path, together: Path) -> None:
    (path,) = (tmp_path / "names").glob("learners-*.parquet")
    pq.write_table(pa.table({"learner_no": pa.array([1, 2], pa.int32()), "learner": ["ann", None]}), path)
    assert Rollups(tmp_path).numbered("learners")["learner"].to_pylist() == ["ann", None]


def test_whose_name_was_forgotten_gets_a_number_anew_and_nobody_else_does(tmp_path: Path) -> None:
    assert _told(_numbering(tmp_path), ["ann", "bob"]) == {"ann": 1, "bob": 2}
    assert forget_name(tmp_path, "bob") == 1
    assert _told(_numbering(tmp_path), ["ann", "bob", "cas"]) == {"ann": 1, "bob": 3, "cas": 4}
    assert _told(_numbering(tmp_path), ["ann", "bob", "cas"]) == {"ann": 1, "bob": 3, "cas": 4}


def test_what_cannot_be_written_is_a_storage_fault_and_numbers_nobody(tmp_path: Path) -> None:
    (tmp_path / "names").write_text("in the way")
    with pytest.raises(StorageFault):
        _told(_numbering(tmp_path), ["ann"])


def test_names_that_cannot_be_read_are_a_storage_fault_that_tells_where(tmp_path: Path) -> None:
    _told(_numbering(tmp_path), ["ann"])
    (path,) = (tmp_path / "names").glob("learners-*.parquet")
    path.write_bytes(b"PAR1 but not really PAR1")
    with pytest.raises(StorageFault, match=path.name):
        _numbering(tmp_path)
    with pytest.raises(StorageFault, match=path.name):
        Rollups(tmp_path).numbered("learners")
