"""A bundle as learners, courses and events of enrolment. Positions count the rows of users, classes and enrolments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, ImportOptions, Progress
from staycourse.adapters.importers.drafts import Origin
from staycourse.adapters.importers.oneroster.bundle import Bundle, Row, open_bundle
from staycourse.adapters.importers.oneroster.known import GONE, STUDENT, Known, day, known_of
from staycourse.adapters.importers.records import course_of, learner_of
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.steps import Draft, Told, Walk
from staycourse.kernel import BadInput, day_start, local_day, natural_id

SOURCE = "oneroster"
READ = ("users", "classes", "enrollments")


@dataclass(frozen=True, slots=True)
class OnerosterImporter:
    """Reads a bundle, as folder or zip."""

    format: str = SOURCE

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        bundle = open_bundle(path)
        reader = _Reader(known_of(bundle), options)
        walk = Walk(options, rejects, progress, SOURCE, CHUNK_ROWS, str(path), may_be_empty=True)
        return walk.chunks(_records(bundle, rejects), reader.tell, resume_after)


def _records(bundle: Bundle, rejects: Rejects) -> Iterator[tuple[Origin, tuple[str, Row]]]:
    for table in READ:
        for line, row in bundle.rows(table, rejects):
            yield Origin(f"{table}.csv", line, row), (table, row)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one row after another, knowing the whole bundle."""

    known: Known
    options: ImportOptions

    def tell(self, record: tuple[str, Row]) -> Told:
        """Tell one row."""
        table, row = record
        if not row.get("sourcedId"):
            return Told(faults=[("sourcedId", "it is missing")])
        try:
            if table == "users":
                return self._user(row)
            return self._class(row) if table == "classes" else self._enrolment(row)
        except BadInput as error:
            return Told(faults=[(error.where, error.what)])

    def _user(self, row: Row) -> Told:
        if row.get("status") == GONE:
            return Told(unused=["a user to be deleted"])
        user = row["sourcedId"]
        if not self.known.is_student(user, row):
            return Told(unused=["a user who is no student"])
        name = " ".join(filter(None, (row.get("preferredGivenName") or row.get("givenName"), row.get("familyName"))))
        fields = {
            "learner": user, "name": name, "email": row.get("email"), "phone": row.get("sms") or row.get("phone"),
            "birth_year": self.known.birth_years.get(user), "guardian": self.known.guardian(row),
        }  # fmt: skip
        today = local_day(self.options.now, self.options.zone)
        return Told(learners=[learner_of({key: cell for key, cell in fields.items() if cell}, today)])

    def _class(self, row: Row) -> Told:
        if row.get("status") == GONE:
            return Told(unused=["a class to be deleted"])
        span = self.known.spans.get(row["sourcedId"])
        if span is None:
            return Told(unused=["a class whose terms are not in this delta"])
        fields = {
            "course": row["sourcedId"], "title": row.get("title"), "series": row.get("courseSourcedId"),
            "starts_on": span[0], "ends_on": span[1],
        }  # fmt: skip
        return Told(courses=[course_of({key: cell for key, cell in fields.items() if cell})])

    def _enrolment(self, row: Row) -> Told:
        if row.get("role") != STUDENT:
            return Told(unused=["an enrolment of another role"])
        for name in ("userSourcedId", "classSourcedId"):
            if not row.get(name):
                return Told(faults=[(name, "it is missing")])
        begins, ends = day(row, "beginDate"), day(row, "endDate")
        starts, finishes = self.known.spans.get(row["classSourcedId"]) or (None, None)
        changed = _instant(row)
        entered = self._past(begins, changed, starts)
        gone = row.get("status") == GONE
        early = ends is not None and finishes is not None and ends < finishes
        left = self._past(ends, changed, None) if gone or early else None
        drafts = []
        if entered is not None and (left is None or entered <= left):
            drafts.append(_draft(row, "enrolled", entered))
        if left is not None:
            drafts.append(_draft(row, "withdrawn", left))
        return Told(drafts) if drafts else Told(unused=["an enrolment whose day is not told, or lies ahead"])

    def _past(self, told: date | None, changed: datetime | None, term: date | None) -> datetime | None:
        """Return the first of these that has passed: the day told, when the row was changed, the term's first day."""
        zone = self.options.zone
        ways = (day_start(told, zone) if told else None, changed, day_start(term, zone) if term else None)
        return next((way for way in ways if way is not None and way <= self.options.now), None)


def _draft(row: Row, verb: str, time: datetime) -> Draft:
    return {
        "event_id": natural_id(SOURCE, verb, row["sourcedId"]), "learner": row["userSourcedId"], "verb": verb,
        "time": time, "course": row["classSourcedId"],
    }  # fmt: skip


def _instant(row: Row) -> datetime | None:
    """Return dateLastModified, where it is an instant: bulk files leave it empty."""
    try:
        moment = datetime.fromisoformat(row.get("dateLastModified", ""))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
