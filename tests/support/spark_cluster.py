"""A real Spark cluster on the loopback: a master and workers, each a process with executors of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""No process lives so long that to compile its program as well as can be wins back what that takes."""

PATIENCE = 600.0
"""Seconds after which something that should happen has not."""


@dataclass
class Cluster:
    """A running cluster; `folder` holds its processes' logs and, by worker, what each executor says."""

    master: str
    folder: Path
    workers: list[subprocess.Popen[bytes]]

    def tasks(self, number: int) -> int:
        """Return how many tasks a worker's executors have begun so far."""
        logs = (self.folder / f"worker-{number}").glob("app-*/*/stderr")
        return sum(log.read_text(errors="replace").count("Running task") for log in logs)

    def kill(self, number: int) -> None:
        """Kill a worker and its executors on the spot."""
        os.killpg(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()


def environment(folder: Path) -> Mapping[str, str]:
    """Return the environment of a driver or worker: this Python everywhere, small, and on the loopback alone."""
    conf = folder / "conf"
    conf.mkdir(exist_ok=True)
    settings = {
        "spark.driver.host": "127.0.0.1", "spark.executor.memory": "768m", "spark.sql.shuffle.partitions": "2",
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.network.timeout": "120s", "spark.driver.extraJavaOptions": QUICK,
        "spark.executor.extraJavaOptions": QUICK,
    }  # fmt: skip
    (conf / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    return {**os.environ, "SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Start a master and workers of one core each; end them and all their executors."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(_start(folder, "master", "Master"))
        master = _wait_for(folder / "master.log", r"Starting Spark master at (spark://\S+)")
        for number in range(workers):
            work = folder / f"worker-{number}"
            one = ["--cores", "1", "--memory", "1g", "-d", str(work), master]
            started.append(_start(folder, f"worker-{number}", "Worker", *one))
        for number in range(workers):
            _wait_for(folder / f"worker-{number}.log", "(Successfully registered)")
        yield Cluster(master, folder, started[1:])
    finally:
        for process in reversed(started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(happened: object, what: str) -> None:
    """Wait until the callable `happened` says so."""
    end = time.monotonic() + PATIENCE
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.02)


def _start(folder: Path, name: str, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(str(pyspark.__file__)).parent
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind.lower()}.{kind}",
               "--host", "127.0.0.1", "--port", "0", "--webui-port", "0", *arguments]  # fmt: skip
    log = (folder / f"{name}.log").open("wb")
    with log:
        return subprocess.Popen(
            command,
            env={**environment(folder), "SPARK_HOME": str(home), "SPARK_DAEMON_JAVA_OPTS": QUICK},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_for(log: Path, pattern: str) -> str:
    until(lambda: re.search(pattern, log.read_text(errors="replace")), pattern)
    found = re.search(pattern, log.read_text(errors="replace"))
    assert found is not None
    return found.group(1)
