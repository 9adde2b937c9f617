"""Reading files into the log and the store: once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from staycourse.adapters.importers import IMPORTERS, Chunk, ImportOptions, Rejects
from staycourse.adapters.store import ImportState
from staycourse.adapters.store.care import PeopleBook
from staycourse.app.homes.home import Home, read_text
from staycourse.app.intake.arrivals import FILES, note_arrival
from staycourse.kernel import BadInput, natural_id, worded

KINDS_TOLD = 20


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `events` were read this time, `rejected` rows stand in `rejected_file`.

    `unused` good rows, by kind in `unused_kinds` (the most frequent), said nothing that the vocabulary knows.
    Nothing was read from the `unread_columns` of the file.
    """

    format: str
    events: int
    courses: int
    learners: int
    rejected: int
    rejected_file: str | None
    resumed: bool
    already: bool
    unused: int = 0
    unused_kinds: Mapping[str, int] = field(default_factory=dict)
    unread_columns: tuple[str, ...] = ()

    @property
    def fruitless(self) -> bool:
        """Whether rows were read and none was good for anything; such an import is not over, but begins again."""
        told = self.events or self.courses or self.learners or self.unused
        return self.rejected > 0 and not (told or self.resumed or self.already)


def import_path(
    home: Home, format: str, path: Path, mapping: Path | None, on_progress: Callable[[int, int | None], None]
) -> ImportReport:
    """Read `path` into the log and store. Broken off, it goes on where it was; done before, it changes nothing."""
    importer = IMPORTERS.get(format)
    if importer is None:
        raise BadInput(
            worded("there is no format {format!r}", format=format[:40]),
            where="FORMAT",
            mend=worded("use one of {choices}", choices=", ".join(IMPORTERS)),
        )
    if not path.exists():
        raise BadInput("there is no such file or folder", where=str(path), mend="check the path")
    now = home.settings.clock.now()
    fingerprint = _fingerprint(format, path, mapping)
    state = home.store.import_state(home.tenant, fingerprint)
    side = home.path / "rejected" / f"{path.name}.{fingerprint[:8]}.csv"
    if state and state.finished:
        known = str(side) if state.rejected and side.exists() else None
        return ImportReport(format, 0, 0, 0, state.rejected, known, resumed=False, already=True)
    state = state or ImportState(fingerprint, format, path.name, 0, 0, 0, now, None)
    rejects = Rejects(side, resumed=state.position > 0)
    options = ImportOptions(now=now, zone=home.zone, mapping=mapping)
    counts = {"events": 0, "courses": 0, "learners": 0}
    resumed = state.position > 0
    try:
        for chunk in importer.read(path, options, rejects, on_progress, state.position):
            _take(home, chunk, counts)
            rejects.flush()
            state = replace(
                state, position=chunk.position, events=state.events + len(chunk.events), rejected=rejects.count
            )
            home.store.put_import(home.tenant, state)
    finally:
        rejects.close()
    report = ImportReport(
        format, rejected=rejects.count, rejected_file=str(side) if rejects.count else None, resumed=resumed,
        already=False, unused=rejects.unused.total(), unused_kinds=dict(rejects.unused.most_common(KINDS_TOLD)),
        unread_columns=rejects.unread, **counts,
    )  # fmt: skip
    done = replace(state, rejected=rejects.count, finished=home.settings.clock.now())
    home.store.put_import(home.tenant, replace(done, position=0, finished=None) if report.fruitless else done)
    return report


def _take(home: Home, chunk: Chunk, counts: dict[str, int]) -> None:
    """Keep one chunk; its position is remembered only after this, so a kill in between repeats it harmlessly."""
    if chunk.courses:
        home.store.put_courses(home.tenant, chunk.courses)
    if learners := home.gate.passed(home.tenant, chunk.learners):
        home.store.put_learners(home.tenant, learners)
        PeopleBook(home.database).take_learners(home.tenant, learners, home.settings.clock.now())
    if chunk.events:
        home.log.append(home.tenant, chunk.events)
        note_arrival(home, FILES, len(chunk.events))
    counts["events"] += len(chunk.events)
    counts["courses"] += len(chunk.courses)
    counts["learners"] += len(chunk.learners)


def _fingerprint(format: str, path: Path, mapping: Path | None) -> str:
    """Name this import by its files' names, sizes and times, so that a changed file is read anew."""
    inside = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    known = [(str(file.relative_to(path)), file.stat().st_size, file.stat().st_mtime_ns) for file in inside]
    return natural_id(format, path.absolute(), known, mapping and read_text(mapping))
