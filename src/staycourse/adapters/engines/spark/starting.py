"""Starting the driver."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Mapping
from typing import Any

from staycourse.kernel import BadSettings

_STANDALONE = "spark://"
_ANSWERS_WITHIN = 5.0
"""Seconds; Spark itself goes on asking for minutes and says nothing."""

SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # what overflows is an error, and no wrong number
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
"""What makes Spark mean the same by the same SQL, and hand over wide rows in large batches."""

DEFAULTS: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # The driver looks itself whether files are there. Of 33 and more Spark would ask the executors, a task for each,
    # before every reading: ten seconds for 400 files and one core, where the driver needs half a one.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
}


def started(master: str, options: Mapping[str, str]) -> Any:
    """Return the session of a driver at `master`; BadSettings if there is no Java or nobody answers there."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise BadSettings("Spark needs Java 17 or newer", where="--engine spark", mend="install it or set JAVA_HOME")
    if not _reached(master):
        mend = "see whether the master runs and is reached"
        raise BadSettings("no Spark master answers there", where=f"--master {master}", mend=mend)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("staycourse").master(master)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the executors' Python; PySpark reads it from here alone
    for name, value in {**DEFAULTS, **options, **SETTINGS}.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:
        raise BadSettings(
            "Spark could not be started", where=f"--master {master}", mend="see whether the master runs and is reached"
        ) from error


def _reached(master: str) -> bool:
    """Return whether one of the hosts of a standalone master listens; of other kinds of masters that is not asked."""
    if not master.startswith(_STANDALONE):
        return True
    for place in master.removeprefix(_STANDALONE).split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _ANSWERS_WITHIN).close()
        except (OSError, ValueError, OverflowError):
            continue
        return True
    return False
