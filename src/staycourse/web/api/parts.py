"""What every door of the API is given: the home, its intake, and who lets requests in."""

from __future__ import annotations

from dataclasses import dataclass

from staycourse.app.homes import Home
from staycourse.app.intake import Intake, Keyring, RecordStore
from staycourse.web.api.access import Doorkeeper


@dataclass(frozen=True, slots=True)
class Parts:
    """One opened home as a server holds it."""

    home: Home
    intake: Intake
    doorkeeper: Doorkeeper
    records: RecordStore | None = None


def parts_of(
    home: Home, intake: Intake, keyring: Keyring | None = None, records: RecordStore | None = None
) -> Parts:  # fmt: skip
    """Put the parts together; without `records` there is no xAPI door."""
    return Parts(home, intake, Doorkeeper(keyring or Keyring(home)), records)
