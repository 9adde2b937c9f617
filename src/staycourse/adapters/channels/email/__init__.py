"""E-mail: sending over SMTP, and reading what comes back."""

from staycourse.adapters.channels.email.mailbox import read_mailbox
from staycourse.adapters.channels.email.message import compose, key_of_message_id, message_id
from staycourse.adapters.channels.email.reports import MailReport, ReportKind, read_report
from staycourse.adapters.channels.email.transport import EmailChannel

__all__ = [
    "EmailChannel", "MailReport", "ReportKind", "compose", "key_of_message_id", "message_id", "read_mailbox",
    "read_report",
]  # fmt: skip
