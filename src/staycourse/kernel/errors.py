"""The one error tree. An error says what was wrong, where, and how to mend it."""

from __future__ import annotations

from typing import NamedTuple

from staycourse.kernel.wording import Wording, as_wording, worded


class Said(NamedTuple):
    """The parts of an error as they were worded, for whoever says them in another language or hands them on."""

    what: str
    where: str
    mend: str

    def line(self) -> Wording:
        """Return the parts that are there in one line."""
        text = as_wording(self.what)
        if self.where:
            text = worded("{where}: {text}", where=as_wording(self.where), text=text)
        return worded("{text}; {mend}", text=text, mend=as_wording(self.mend)) if self.mend else text


class StaycourseError(Exception):
    """Anything staycourse refuses to do, in one line a person can act on.

    `what` is the fault, `where` the field, line, file or address it was found at, `mend` the next step.
    They are English, `worded` where values are filled in; `wording` keeps how they were made, and a translator's
    `told` says them in the reader's language. The command line prints it on one line and exits with `exit_code`; HTTP
    answers with `http_status`.
    """

    exit_code = 1
    http_status = 500
    code = "error"

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(str(what))
        self.what = str(what)
        self.where = str(where)
        self.mend = str(mend)
        self.wording = Said(what, where, mend)

    def __str__(self) -> str:
        return str(self.line())

    def line(self) -> Wording:
        """Return the whole of it in one line, as it is printed: place, fault, next step and cause."""
        text, cause = self.wording.line(), self.__cause__
        if cause is None or not str(cause):
            return text
        said = cause.line() if isinstance(cause, StaycourseError) else as_wording(str(cause))
        return worded("{text} ({cause})", text=text, cause=said)


class BadInput(StaycourseError):
    """What was given is not of the documented form."""

    exit_code = 2
    http_status = 422
    code = "bad-input"


class BadSettings(BadInput):
    """A setting (flag or STAYCOURSE_* variable) cannot be used."""

    code = "bad-settings"


class BadEvent(BadInput):
    """One event does not fit the vocabulary; `where` is its field."""

    code = "bad-event"


class BadPolicy(BadInput):
    """The policy file is wrong; `where` is its line and field."""

    code = "bad-policy"


class NotFound(StaycourseError):
    """No such learner, course, tenant or run."""

    exit_code = 2
    http_status = 404
    code = "not-found"


class NotKnown(StaycourseError):
    """Whoever asks did not show who they are, or showed something that is not (or no longer) good."""

    exit_code = 2
    http_status = 401
    code = "not-known"


class NotAllowed(StaycourseError):
    """Whoever asks is known, and may not do this."""

    exit_code = 2
    http_status = 403
    code = "not-allowed"


class TooMany(StaycourseError):
    """Asked too often, or more than there is room for just now; `retry_after` is in how many seconds to try again."""

    http_status = 429
    code = "too-many"

    def __init__(self, what: str, *, where: str = "", mend: str = "", retry_after: float = 60.0) -> None:
        super().__init__(what, where=where, mend=mend)
        self.retry_after = retry_after


class HomeInUse(StaycourseError):
    """Another process holds this home; `where` is the home, the text names its pid."""

    http_status = 503
    code = "home-in-use"


class StorageFault(StaycourseError):
    """The disk, the log, the lake or the store did not do what it must (full, read-only, damaged)."""

    http_status = 503
    code = "storage"


class ClockFault(StaycourseError):
    """This machine's clock cannot be right: caps and quiet hours cannot be kept by it.

    `ahead`: it is known to be ahead, since somebody said that another was right.
    """

    http_status = 503
    code = "clock"

    def __init__(self, what: str, *, where: str = "", mend: str = "", ahead: bool = False) -> None:
        super().__init__(what, where=where, mend=mend)
        self.ahead = ahead


class NotEnoughData(StaycourseError):
    """There is too little history for what was asked; the text says how much is there and how much is needed."""

    http_status = 409
    code = "not-enough-data"
