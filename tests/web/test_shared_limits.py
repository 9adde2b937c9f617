"""One limit per key over the processes of a home: what one lets through, the other has no more."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.app.homes import open_home
from staycourse.app.intake import key_book
from staycourse.kernel import Settings, StorageFault, SystemClock
from staycourse.web.api import serving
from staycourse.web.limits import Limit
from staycourse.web.shared_limits import GROUPS, WAYS, SharedLimit

ASKING = """
import sys
from pathlib import Path
from staycourse.web.shared_limits import SharedLimit

limit = SharedLimit(Path(sys.argv[1]), "requests", time=lambda: 5.0)
print("ready", flush=True)
sys.stdin.readline()
print(sum(limit.wait("key", per_second=1_000) == 0 for _ in range(3_000)), flush=True)
"""


def test_two_servers_of_a_home_let_a_key_ask_as_often_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "settle_memory", lambda: None)  # this process is the tests'
    settings = Settings(tmp_path / "home", "main", "UTC", SystemClock(), 1, 1)
    with open_home(settings, writing=False) as home:
        text = key_book(home).issue("main", "k", ["read"], SystemClock().now(), requests_per_second=5).text
    servers = [serving.ServedApi(settings) for _ in "ab"]
    for server in servers:
        server._open()
    began = time.monotonic()

    async def asked(number: int) -> int:
        transport = httpx.ASGITransport(app=servers[number % 2])
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/v1/courses", headers={"authorization": f"Bearer {text}"})).status_code

    answers = [anyio.run(asked, number) for number in range(40)]
    for server in servers:
        server._close()
    assert set(answers) <= {200, 429}
    assert 10 <= answers.count(200) <= 10 + 5 * (time.monotonic() - began) + 1


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_two_processes_let_through_what_one_would(tmp_path: Path) -> None:
    askers = [
        subprocess.Popen([sys.executable, "-c", ASKING, str(tmp_path)], stdin=-1, stdout=-1, text=True) for _ in "ab"
    ]
    for asker in askers:
        assert asker.stdout is not None and asker.stdout.readline() == "ready\n"
    for asker in askers:  # the clock stands still for both: nothing is added to what a key has
        assert asker.stdin is not None
        asker.stdin.write("\n")
        asker.stdin.flush()
    let_through = [int(asker.communicate(timeout=60)[0]) for asker in askers]
    assert sum(let_through) == 2_000, let_through


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 40), st.floats(0, 2)), max_size=60), st.sampled_from([3, 10, 49])
)
def test_of_few_a_second_two_are_exactly_as_one(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[bool, int, float]], rate: int
) -> None:
    clock, folder = Clock(), tmp_path_factory.mktemp("limits")
    pair, one = [SharedLimit(folder, "r", time=clock) for _ in "ab"], Limit(1, 60, time=clock)
    for first, cost, later in asked:
        assert pair[first].wait("key", cost, per_second=rate) == one.wait("key", cost, per_second=rate)
        clock.now += later
    for limit in pair:
        limit.close()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 500), st.floats(0, 0.1)), max_size=100))
def test_of_many_never_more_is_let_through_than_the_rate_allows(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[bool, int, float]]
) -> None:
    clock, folder, total = Clock(), tmp_path_factory.mktemp("limits"), 0
    pair = [SharedLimit(folder, "r", time=clock) for _ in "ab"]
    for first, cost, later in asked:
        if pair[first].wait("key", cost, per_second=1_000) == 0:
            total += cost
        assert total <= 2_000 + 1_000 * (clock.now - 100) + 1e-6
        clock.now += later
    for limit in pair:
        limit.close()


def test_keys_do_not_count_for_each_other_and_a_clock_that_began_anew_forgets(tmp_path: Path) -> None:
    clock = Clock()
    limit = SharedLimit(tmp_path, "r", time=clock)
    for number in range(500):
        assert limit.wait(f"key {number}", 2, per_second=1) == 0
    assert limit.wait("key 7", per_second=1) == pytest.approx(1)
    clock.now = 1.0
    assert limit.wait("key 7", per_second=1) == 0
    limit.close()


def test_a_full_disk_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(StorageFault, match="no limit can be kept"):
        SharedLimit(tmp_path, "r")
    assert GROUPS * WAYS * 24 < 1 << 20
