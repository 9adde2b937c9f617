"""What can go wrong between a program and the server, each with its status and the way to mend it."""

from __future__ import annotations

from staycourse.kernel import StaycourseError


class Refused(StaycourseError):
    """The server refused what was asked (4xx): asking again as it is would be refused again."""

    code = "refused"

    def __init__(self, what: str, *, where: str = "", mend: str = "", status: int = 0) -> None:
        super().__init__(what, where=where, mend=mend)
        self.status = status


class Unreachable(StaycourseError):
    """The server did not answer, or could not just now (5xx, 429), and was asked often enough."""

    code = "unreachable"
    http_status = 503


class BufferFull(StaycourseError):
    """The buffer holds as many events as it may, and the caller chose not to wait."""

    code = "buffer-full"
    http_status = 503
