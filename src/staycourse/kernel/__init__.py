"""What every room stands on: errors, ids, clock, zones, money, settings, translation."""

# isort: off
from staycourse.kernel.clock import Clock, FixedClock, SystemClock
from staycourse.kernel.errors import (
    BadEvent,
    BadInput,
    BadPolicy,
    BadSettings,
    ClockFault,
    HomeInUse,
    NotAllowed,
    NotEnoughData,
    NotFound,
    NotKnown,
    StaycourseError,
    StorageFault,
    TooMany,
)
from staycourse.kernel.ids import fresh_id, natural_id, tenant_id
from staycourse.kernel.lines import lines_are_json, scrubbed, tell_log
from staycourse.kernel.money import Money
from staycourse.kernel.records import know_records
from staycourse.kernel.settings import ENGINES, Settings, read_settings
from staycourse.kernel.translation import LANGUAGES, Translator, preferred_language, translator
from staycourse.kernel.wording import Wording, as_wording, worded
from staycourse.kernel.words import Words, one_or_many, words_of
from staycourse.kernel.zones import (
    EPOCH, day_start, instant_at, last_whole_day, local_day, microseconds, parse_day, zone,
)  # fmt: skip

__all__ = [
    "BadEvent", "BadInput", "BadPolicy", "BadSettings", "Clock", "ClockFault", "ENGINES", "EPOCH", "FixedClock",
    "HomeInUse", "LANGUAGES", "Money", "NotAllowed", "NotEnoughData", "NotFound", "NotKnown", "Settings",
    "StaycourseError", "StorageFault", "SystemClock", "TooMany", "Translator", "Wording", "Words", "as_wording",
    "day_start", "fresh_id", "instant_at", "know_records", "last_whole_day", "lines_are_json", "local_day",
    "microseconds", "natural_id", "one_or_many", "parse_day", "preferred_language", "read_settings", "scrubbed",
    "tell_log", "tenant_id", "translator", "worded", "words_of", "zone",
]  # fmt: skip
