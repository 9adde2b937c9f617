"""Statements as events, by the one mapping of events/xapi: what a store took already is the same event here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, ImportOptions, Progress
from staycourse.adapters.importers.drafts import Origin
from staycourse.adapters.importers.json_rows import ARRAY, JsonRow, json_rows
from staycourse.adapters.importers.lines import files_of, open_bytes
from staycourse.adapters.importers.mapping import mapping_text
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.steps import Told, Walk
from staycourse.events.xapi import DEFAULT_VERB_MAP, Unmapped, VerbMap, events_of_statement, verb_map

SOURCE = "xapi"
ENDINGS = (".json", ".jsonl", ".ndjson")
RESULT = re.compile(rb'\s*\{\s*(?:"more"\s*:\s*"[^"]*"\s*,\s*)?"statements"\s*:\s*\[')
"""A StatementResult: what a record store answers a query with."""

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
MOST_VOIDED = 1_000_000


@dataclass(frozen=True, slots=True)
class XapiImporter:
    """Reads statements from a file, or a folder of files in the order of their names. Positions count statements."""

    format: str = SOURCE

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        mapping = _mapping(options.mapping)
        files = [(file, "" if file == path else str(file.relative_to(path))) for file in files_of(path, ENDINGS)]
        reader = _Reader(options, mapping, _voided(files))
        walk = Walk(options, rejects, progress, SOURCE, CHUNK_ROWS, str(path))
        return walk.chunks(_records(files), reader.tell, resume_after)


def _mapping(path: Path | None) -> VerbMap:
    if path is None:
        return DEFAULT_VERB_MAP
    return verb_map(mapping_text(path), where=str(path))


def _records(files: Sequence[tuple[Path, str]]) -> Iterator[tuple[Origin, JsonRow]]:
    for file, name in files:
        for row in json_rows(file, name, (ARRAY, RESULT)):
            yield Origin(name, row.number, row.raw or row.value), row


def _voided(files: Sequence[tuple[Path, str]]) -> frozenset[str]:
    """Return the ids of the statements that other statements of these files take back.

    Most files void nothing: they are searched for the verb as bytes first, and read twice only where it stands there.
    """
    found: set[str] = set()
    for file, name in files:
        if not _mentions(file, VOIDED.encode()):
            continue
        for row in json_rows(file, name, (ARRAY, RESULT)):
            target = _target(row.value)
            if target and len(found) < MOST_VOIDED:
                found.add(target)
    return frozenset(found)


def _target(statement: Any) -> str:
    if not isinstance(statement, dict):
        return ""
    verb, thing = statement.get("verb"), statement.get("object")
    if not isinstance(verb, dict) or not isinstance(thing, dict) or verb.get("id") != VOIDED:
        return ""
    return str(thing.get("id")).lower()


def _mentions(file: Path, what: bytes) -> bool:
    """Say whether the bytes `what` stand in a file; a file that is damaged is told by who reads it."""
    try:
        with open_bytes(file) as stream:
            rest = b""
            while block := stream.read(1 << 20):
                if what in rest + block or b"\\/voided" in block:
                    return True
                rest = block[-len(what) :]
    except (OSError, EOFError, ValueError):
        return False
    return False


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one statement after another."""

    options: ImportOptions
    mapping: VerbMap
    voided: frozenset[str]

    def tell(self, row: JsonRow) -> Told:
        """Tell one statement."""
        if row.fault:
            return Told(faults=[("", row.fault)])
        if not isinstance(row.value, dict):
            return Told(faults=[("", "it is not a JSON object")])
        if str(row.value.get("id")).lower() in self.voided:
            return Told(unused=["a statement taken back by another"])
        stored = self.options.now
        found = events_of_statement(
            row.value, stored=stored, mapping=self.mapping, source=self.options.source, backfill=True
        )
        if not isinstance(found, Unmapped):
            return Told(events=found)
        return Told(faults=[(found.field, found.reason)]) if found.fault else Told(unused=[found.reason])
