"""What every door of the API is given: the home, its intake, and who lets requests in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from staycourse.app.homes import Home
from staycourse.app.intake import Intake, Keyring, RecordStore
from staycourse.kernel import StaycourseError
from staycourse.web.api.access import Access, Doorkeeper
from staycourse.web.api.batches import Rejected
from staycourse.web.api.problems import pointer


@dataclass(frozen=True, slots=True)
class Parts:
    """One opened home as a server holds it."""

    home: Home
    intake: Intake
    doorkeeper: Doorkeeper
    records: RecordStore | None = None

    @contextmanager
    def noting(self, access: Access, door: str) -> Iterator[None]:
        """Note a request that is refused as a whole in this block, for who looks why nothing comes in by `door`."""
        try:
            yield
        except StaycourseError as error:
            if error.http_status < 500:
                all_of_it = Rejected(-1, pointer(error.where), error.what, error.mend)
                self.intake.rejections.note(access.tenant, door, access.key, [all_of_it])
            raise


def parts_of(
    home: Home, intake: Intake, keyring: Keyring | None = None, records: RecordStore | None = None
) -> Parts:  # fmt: skip
    """Put the parts together; without `records` there is no xAPI door."""
    return Parts(home, intake, Doorkeeper(keyring or Keyring(home)), records)
