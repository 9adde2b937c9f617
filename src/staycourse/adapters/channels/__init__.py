"""Channels: the ways to reach learners, a folder each, opened from one configuration."""

from staycourse.adapters.channels.configuration import read_channels
from staycourse.adapters.channels.email import MailReport, ReportKind, read_mailbox, read_report
from staycourse.adapters.channels.file import erase_lines, messages_to
from staycourse.adapters.channels.inbox import InboxKeeper
from staycourse.adapters.channels.opening import KINDS, open_channels
from staycourse.adapters.channels.posting import AGAIN, Answer, Poster, is_public
from staycourse.adapters.channels.webhook import secret_bytes, signature, verify
from staycourse.adapters.channels.webpush import fresh_keys, read_subscription

__all__ = [
    "AGAIN", "Answer", "InboxKeeper", "KINDS", "MailReport", "Poster", "ReportKind", "erase_lines", "fresh_keys",
    "is_public", "messages_to", "open_channels", "read_channels", "read_mailbox", "read_report", "read_subscription",
    "secret_bytes", "signature", "verify",
]  # fmt: skip
