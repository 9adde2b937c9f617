"""The only place where adapters meet rooms: a home, opened, and the works done on it."""

# isort: off
from staycourse.app.backup import BackupReport, backup_home, restore_home
from staycourse.app.care import Care, run_tick
from staycourse.app.care_desk import care_desk
from staycourse.app.live import LiveWorker, live_at_work
from staycourse.app.channels import ChannelRow, channel_rows, home_channels, send_test, take_mail, vapid_keys
from staycourse.app.compaction import compact_home
from staycourse.app.examination import Finding, examine
from staycourse.app.hearing import Hearing, Wish
from staycourse.app.home import POLICY_FILE, Home, open_home
from staycourse.app.imports import ImportReport, import_path
from staycourse.app.intake import Intake
from staycourse.app.keys import (
    EVENTS_PER_SECOND, REQUESTS_PER_SECOND, SCOPES, ApiKey, IssuedKey, Keyring, key_book,
)  # fmt: skip
from staycourse.app.law import Erasure, audit_lines, erase_learner, export_learner, who_got_coupons
from staycourse.app.links import Links, Token
from staycourse.app.lrs import RecordStore
from staycourse.app.members import Members, home_porter
from staycourse.app.nights import run_backtest, run_nightly
from staycourse.app.passwords import hashed as hashed_password
from staycourse.app.porter import NotLetIn, Porter, Standing, TriedTooOften
from staycourse.app.policies import (
    PolicyAccepted, PolicyCheck, PolicyEntry, accept_policy, backtest_policy, check_policy, fit_policy_budget,
    policy_text, policy_versions, propose_policy, rollback_policy, write_policy_file,
)  # fmt: skip
from staycourse.app.tracked import Tracked
from staycourse.app.tracking import (
    IDENTIFY, Mappings, Replay, Sorted, keep_unmapped, replay_unmapped, sort_messages, unmapped_names,
)  # fmt: skip
from staycourse.app.watching import FolderWatch, Outcome, WatchRule, watch_rule
from staycourse.app.weekly_desk import HomeWeeks
from staycourse.app.webhooks import (
    WEBHOOK_KINDS, Courier, NewWebhook, Webhook, Webhooks, courier_at_work, tell_webhooks,
)  # fmt: skip
from staycourse.app.reading import PageWish, Readings, RiskWish
from staycourse.app.exports import EXPORTS, Export, export

__all__ = [
    "ApiKey", "BackupReport", "Care", "ChannelRow", "Courier", "EVENTS_PER_SECOND", "EXPORTS", "Erasure", "Export",
    "Finding", "FolderWatch", "Hearing", "Home", "HomeWeeks", "IDENTIFY", "ImportReport", "Intake", "IssuedKey",
    "Keyring", "Links", "LiveWorker", "Mappings", "Members", "NewWebhook", "NotLetIn", "Outcome", "POLICY_FILE",
    "PageWish", "PolicyAccepted", "PolicyCheck", "PolicyEntry", "Porter", "REQUESTS_PER_SECOND", "Readings",
    "RecordStore", "Replay", "RiskWish", "SCOPES", "Sorted", "Standing", "Token", "Tracked", "TriedTooOften",
    "WEBHOOK_KINDS", "WatchRule", "Webhook", "Webhooks", "Wish", "accept_policy", "audit_lines", "backtest_policy",
    "backup_home", "care_desk", "channel_rows", "check_policy", "compact_home", "courier_at_work", "erase_learner",
    "examine", "export", "export_learner", "fit_policy_budget", "hashed_password", "home_channels", "home_porter",
    "import_path", "keep_unmapped", "key_book", "live_at_work", "open_home", "policy_text", "policy_versions",
    "propose_policy", "replay_unmapped", "restore_home", "rollback_policy", "run_backtest", "run_nightly", "run_tick",
    "send_test", "sort_messages", "take_mail", "tell_webhooks", "unmapped_names", "vapid_keys", "watch_rule",
    "who_got_coupons", "write_policy_file",
]  # fmt: skip
