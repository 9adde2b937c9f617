"""What must be known of a bundle as a whole before its rows are read: terms, roles, guardians, years of birth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from staycourse.adapters.importers.oneroster.bundle import Bundle, Row
from staycourse.kernel import BadInput, worded

STUDENT = "student"
GUARDIANS = ("guardian", "parent", "relative")
GONE = "tobedeleted"
Span = tuple[date | None, date | None]


@dataclass(slots=True)
class Known:
    """The bundle's tables that are looked up: each holds only what is needed of it."""

    spans: dict[str, Span] = field(default_factory=dict)
    """Class → first and last day of its terms; a class whose terms a delta does not hold is not there."""
    students: set[str] = field(default_factory=set)
    """Students by roles.csv (1.2); 1.1 says it in users.csv."""
    guardians: dict[str, str] = field(default_factory=dict)
    """Guardian → e-mail address."""
    birth_years: dict[str, int] = field(default_factory=dict)

    def is_student(self, user: str, row: Row) -> bool:
        """Say whether a row of users.csv is a student's."""
        return row.get("role") == STUDENT or user in self.students

    def guardian(self, row: Row) -> str | None:
        """Return the address of the first of a student's agents who is a guardian and has one."""
        agents = row.get("agentSourcedIds", "").split(",")
        return next((self.guardians[agent.strip()] for agent in agents if agent.strip() in self.guardians), None)


def known_of(bundle: Bundle) -> Known:
    """Read what must be known beforehand."""
    known = Known()
    for _, row in bundle.rows("roles"):
        if row.get("status") != GONE and row.get("role") == STUDENT:
            known.students.add(row.get("userSourcedId", ""))
    guardians = {row.get("userSourcedId", "") for _, row in bundle.rows("roles") if row.get("role") in GUARDIANS}
    for _, row in bundle.rows("users"):
        user = row.get("sourcedId", "")
        if (row.get("role") in GUARDIANS or user in guardians) and "email" in row:
            known.guardians[user] = row["email"]
    for _, row in bundle.rows("demographics"):
        year = row.get("birthDate", row.get("birthdate", ""))[:4]
        if year.isascii() and year.isdecimal():
            known.birth_years[row.get("sourcedId", "")] = int(year)
    known.spans = _spans(bundle)
    return known


def _spans(bundle: Bundle) -> dict[str, Span]:
    terms = {row["sourcedId"]: _term(row) for _, row in bundle.rows("academicSessions") if "sourcedId" in row}
    whole = bundle.modes.get("academicSessions") == "bulk"
    spans: dict[str, Span] = {}
    for _, row in bundle.rows("classes"):
        named = [term.strip() for term in row.get("termSourcedIds", "").split(",") if term.strip()]
        if whole or all(term in terms for term in named):
            found = [terms[term] for term in named if term in terms]
            starts = [start for start, _ in found if start]
            ends = [end for _, end in found if end]
            spans[row.get("sourcedId", "")] = (min(starts, default=None), max(ends, default=None))
    return spans


def _term(row: Row) -> Span:
    try:
        return day(row, "startDate"), day(row, "endDate")
    except BadInput:
        return None, None


def day(row: Row, name: str) -> date | None:
    """Return a day (YYYY-MM-DD), None where it is not told; BadInput where it is none."""
    text = row.get(name, "")
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise BadInput(worded("{text!r} is not a date", text=text[:40]), where=name) from None
