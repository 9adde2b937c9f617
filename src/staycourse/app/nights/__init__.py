"""What is done with a whole home: nights, compaction, backups, examinations, export and erasure of a learner."""

# isort: off
from staycourse.app.nights.backup import BackupReport, backup_home, backup_to_file, restore_home
from staycourse.app.nights.compaction import compact_home
from staycourse.app.nights.examination import Finding, examine
from staycourse.app.nights.law import Erasure, audit_lines, erase_learner, export_learner, who_got_coupons
from staycourse.app.nights.nights import run_backtest, run_nightly

__all__ = [
    "BackupReport", "Erasure", "Finding", "audit_lines", "backup_home", "backup_to_file", "compact_home",
    "erase_learner", "examine", "export_learner", "restore_home", "run_backtest", "run_nightly", "who_got_coupons",
]  # fmt: skip
