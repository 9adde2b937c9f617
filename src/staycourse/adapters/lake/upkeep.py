"""What manifest and disk must agree on, and the tidying of what nobody names any more."""

from __future__ import annotations

from pathlib import Path

import msgspec

from staycourse.adapters.lake.manifest import Manifest, load_manifest, publish_manifest
from staycourse.adapters.segments import remove_files
from staycourse.kernel import worded


def remove_retired(folder: Path) -> None:
    """Remove the files that merges replaced before, and then forget them."""
    manifest = load_manifest(folder)
    if manifest.retired:
        remove_files(folder / place for place in manifest.retired)
        publish_manifest(folder, msgspec.structs.replace(manifest, retired=()))


def remove_orphans(folder: Path) -> int:
    """Remove files that no manifest names: left by a compaction that was killed. Returns how many."""
    manifest = load_manifest(folder)
    found = orphans(folder, manifest)
    remove_files(found)
    return len(found)


def orphans(folder: Path, manifest: Manifest) -> list[Path]:
    """Return the files of `folder` that `manifest` does not name, neither as live nor as retired."""
    named = {folder / place for place in (*manifest.live, *manifest.retired)}
    written = [path for pattern in ("ingest_day=*/*.parquet", "*.tmp") for path in folder.glob(pattern)]
    return sorted(path for path in written if path not in named)


def wrong_files(folder: Path, manifest: Manifest) -> list[str]:
    """Return in words which live files are missing or not of their size."""
    wrong: list[str] = []
    for entry in manifest.files:
        path = folder / entry.place
        if not path.is_file():
            wrong.append(worded("{path} is missing, with so many events: {rows}", path=path, rows=entry.rows))
        elif (size := path.stat().st_size) != entry.bytes:
            wrong.append(worded("{path} has {size} bytes, not {bytes}", path=path, size=size, bytes=entry.bytes))
    return wrong
