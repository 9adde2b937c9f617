"""A server under mixed load for a long time: what is acknowledged against the lake, and how its memory grows.

Server, worker and compactor are processes; worker and compactor are killed at random, the server only with
--kill-server (its memory could not be followed). Run: python benchmarks/steadiness.py [--minutes 30]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from mixed_load import MixedLoad

WARM_SHARE = 0.25
"""The part of the run after which memory is compared with its end: caches have filled by then."""


class SpareServer(MixedLoad):
    """A mixed load that lets the server live."""

    def kill(self) -> str:
        """Kill the worker or the compactor."""
        web = self._commands["web"]
        self._commands = {name: command for name, command in self._commands.items() if name != "web"}
        try:
            return super().kill()
        finally:
            self._commands = {"web": web, **self._commands}


def resident(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--kill-every", type=float, default=10)
    parser.add_argument("--kill-server", action="store_true")
    asked = parser.parse_args()
    seen: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        load = (MixedLoad if asked.kill_server else SpareServer)(Path(folder) / "home")
        begun = time.monotonic()

        def look() -> None:
            seen.append((time.monotonic() - begun, resident(load.running["web"].pid)))

        with load:
            load.run(asked.minutes * 60, kill_every=asked.kill_every, each=look)
        counts = load.check()
    acknowledged = sum(len(told.acknowledged) for told in load.told.values())
    seconds = seen[-1][0]
    kept = sum(counts.values())
    print(f"{seconds:.0f} s, {load.kills} kills, {acknowledged:,} events acknowledged, {kept:,} in the lake")
    print(f"{acknowledged / seconds:,.0f} events/s; answers: { {t: told.answers for t, told in load.told.items()} }")
    if not asked.kill_server:
        warm = [size for when, size in seen if WARM_SHARE <= when / seconds < WARM_SHARE + 0.1]
        late = [size for when, size in seen if when / seconds >= 0.9]
        first, last = sum(warm) / len(warm), sum(late) / len(late)
        megabytes = f"{first / 2**20:.0f} MB at a quarter, {last / 2**20:.0f} MB at the end"
        print(f"server's memory {megabytes}: {last / first - 1:+.1%}")


if __name__ == "__main__":
    main()
