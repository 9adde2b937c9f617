"""Senders on two doors and two tenants, while server, worker and compactor are killed at random."""

from pathlib import Path

import pytest
from mixed_load import MixedLoad

SECONDS, KILL_EVERY = 42, 1.7


@pytest.mark.xdist_group("mixed")
def test_everything_acknowledged_is_in_the_lake_once_whatever_is_killed(tmp_path: Path) -> None:
    load = MixedLoad(tmp_path / "home", pause_seconds=0.03)
    with load:
        load.run(SECONDS, kill_every=KILL_EVERY)
    counts = load.check()
    assert load.kills >= 15
    for tenant, told in load.told.items():
        assert set(told.answers) == {200}, "every batch that was answered was taken"
        assert counts[tenant] >= len(told.acknowledged) > 1_000
    errors = (tmp_path / "web.err").read_text() + (tmp_path / "compactor.err").read_text()
    assert "Traceback" not in errors
