"""Many small files of a day become one, so that their number is bounded by the data, not by how often we compact."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Executor
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from staycourse.adapters.lake.columns import sort_order
from staycourse.adapters.lake.compaction import following, new_name
from staycourse.adapters.lake.files import read_files, write_file
from staycourse.adapters.lake.manifest import Entry, load_manifest, publish_manifest

MOST_FILES = 16
"""More live files than this on one day are merged, the smallest first."""
SMALL_ROWS = 250_000
"""Smaller files of one and the same compaction are merged at once, before any rollup is made of them."""
MERGED_ROWS = 2_000_000
"""A merge makes no larger file (it happens in memory: about 0.3 GB)."""


def merge_days(folder: Path, fresh: Collection[Entry], executor: Executor) -> int:
    """Merge what is too small among a tenant's live files and publish it in one step; return how many files went.

    `fresh` are the files this compaction added. What is replaced stays on the disk, retired, until the next compaction.
    """
    manifest = load_manifest(folder)
    groups = plan_merges(manifest.files, frozenset(fresh))
    if not groups:
        return 0
    name = new_name(manifest)
    merged = list(executor.map(lambda group: _merge(folder, group, name), groups))
    removed = [entry for group in groups for entry in group]
    publish_manifest(folder, following(manifest, added=merged, removed=removed))
    return len(removed) - len(merged)


def plan_merges(files: Sequence[Entry], fresh: Collection[Entry]) -> list[list[Entry]]:
    """Return the groups of files that shall become one file each: at most one group a day, of two files or more."""
    groups = []
    by_day = sorted(files, key=lambda entry: (entry.ingest_day, entry.rows, entry.name))
    for _, days_files in groupby(by_day, key=lambda entry: entry.ingest_day):
        entries = list(days_files)
        if len(entries) > MOST_FILES:
            group = _at_most(entries[:MOST_FILES])
        else:
            group = _at_most([entry for entry in entries if entry.rows < SMALL_ROWS and entry in fresh])
        if len(group) > 1:
            groups.append(group)
    return groups


def _at_most(entries: Sequence[Entry]) -> list[Entry]:
    group: list[Entry] = []
    rows = 0
    for entry in entries:
        rows += entry.rows
        if rows > MERGED_ROWS:
            break
        group.append(entry)
    return group


def _merge(folder: Path, group: Sequence[Entry], name: str) -> Entry:
    events = read_files([folder / entry.place for entry in group])
    return write_file(folder, group[0].ingest_day, name, events.take(pa.array(sort_order(events))))
