"""What an xAPI client did wrong, with the path of the field it did it in."""

from __future__ import annotations

from staycourse.kernel import BadInput, StaycourseError


class BadStatement(BadInput):
    """A request, statement or document is not as the specification has it; `where` is the path of the field."""

    http_status = 400
    code = "bad-statement"

    def under(self, step: str) -> BadStatement:
        """Return the same fault as seen from one field further out: "mbox" under "actor" is "actor.mbox"."""
        joined = f"{step}{self.where}" if self.where.startswith("[") or not self.where else f"{step}.{self.where}"
        return BadStatement(self.wording.what, where=joined, mend=self.wording.mend)


class Conflict(StaycourseError):
    """Something else is already kept under that id."""

    http_status = 409
    code = "conflict"


class Changed(StaycourseError):
    """The document is not the one that the If-Match or If-None-Match header speaks of."""

    http_status = 412
    code = "changed"
