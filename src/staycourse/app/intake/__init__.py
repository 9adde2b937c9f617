"""Facts in: what every door hands over, files, tracked messages, statements, and the keys of who may."""

# isort: off
from staycourse.adapters.store.doors import UnmappedName
from staycourse.app.intake.arrivals import Arrived, DOORS, arrived
from staycourse.app.intake.examples import mapping_example, statement_sample
from staycourse.app.intake.imports import ImportReport, import_path
from staycourse.app.intake.intake import Intake
from staycourse.app.intake.keys import (
    ApiKey, EVENTS_PER_SECOND, IssuedKey, Keyring, REQUESTS_PER_SECOND, SCOPES, key_book,
)  # fmt: skip
from staycourse.app.intake.lrs import RecordStore
from staycourse.app.intake.rejections import Rejection, rejected, rejected_by_door
from staycourse.app.intake.tracked import Tracked
from staycourse.app.intake.tracking import (
    IDENTIFY, Mappings, Replay, Sorted, keep_unmapped, replay_unmapped, sort_messages, unmapped_names,
)  # fmt: skip
from staycourse.app.intake.watching import FolderWatch, Outcome, WatchRule, watch_rule

__all__ = [
    "ApiKey", "Arrived", "DOORS", "EVENTS_PER_SECOND", "FolderWatch", "IDENTIFY", "ImportReport", "Intake",
    "IssuedKey", "Keyring", "Mappings", "Outcome", "REQUESTS_PER_SECOND", "RecordStore", "Rejection", "Replay",
    "SCOPES", "Sorted", "Tracked", "UnmappedName", "WatchRule", "arrived", "import_path", "keep_unmapped",
    "key_book", "mapping_example", "rejected", "rejected_by_door", "replay_unmapped", "sort_messages",
    "statement_sample", "unmapped_names", "watch_rule",
]  # fmt: skip
