"""What comes back by mail, read purely: bounces (RFC 3464), complaints (RFC 5965), replies (RFC 5322, 3.6.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from typing import Literal

from staycourse.adapters.channels.email.message import KEY_HEADER, key_of_header, key_of_message_id
from staycourse.adapters.channels.email.transport import lasting_status
from staycourse.adapters.channels.email.words import words_of
from staycourse.adapters.channels.hygiene import one_line

ReportKind = Literal["bounce_permanent", "bounce_temporary", "complaint", "reply", "unknown"]

MAX_BYTES = 5_000_000
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
_HEADER = re.compile(rb"(?im)^(message-id|" + KEY_HEADER.lower().encode() + rb"):[ \t]*((?:[^\r\n]|\r?\n[ \t])*)")


@dataclass(frozen=True, slots=True)
class MailReport:
    """One thing that came back. `message_id` and `key` name the message of ours it is about ("" if it does not say).

    `address` is whom it concerns: the address that bounced, that complained, or that replied. An answering machine
    (RFC 3834) is `unknown`: nobody has replied. `detail` is one line; `text` the words of who replied, without what
    they quote.
    """

    kind: ReportKind
    message_id: str
    address: str
    detail: str
    key: str = ""
    text: str = ""


def read_report(raw: bytes) -> MailReport:
    """Read one raw message. Whatever it is, there is an answer: at least `unknown`, saying why."""
    if len(raw) > MAX_BYTES:
        return MailReport("unknown", "", "", f"longer than {MAX_BYTES:,} bytes")
    try:
        mail = message_from_bytes(raw, policy=compat32)
        kind = str(mail.get_param("report-type", "") or "").lower()
        parts = list(_parts(mail))
        if kind == "feedback-report" or any(part.get_content_type() == "message/feedback-report" for part in parts):
            return _complaint(parts, raw)
        if kind == "delivery-status" or any(part.get_content_type() == "message/delivery-status" for part in parts):
            return _bounce(parts, raw)
        return _reply(mail)
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError) as error:
        return MailReport("unknown", "", "", f"cannot be read ({type(error).__name__})")


def _parts(mail: Message) -> Iterator[Message]:
    """Yield the parts, the outermost first, not into the message that was sent back: it may quote anything."""
    yield mail
    held = mail.get_payload()
    if isinstance(held, list) and mail.get_content_maintype() == "multipart":
        for part in held:
            if isinstance(part, Message):
                yield from _parts(part)


def _bounce(parts: list[Message], raw: bytes) -> MailReport:
    message_id, key = _original(parts, raw)
    for group in _groups(parts, "message/delivery-status"):
        action = _field(group, "Action").lower()
        status = _STATUS.search(_field(group, "Status"))
        address = _address(_field(group, "Final-Recipient")) or _address(_field(group, "Original-Recipient"))
        if action in ("failed", "delayed"):
            lasting = action == "failed" and status is not None and status[1] == "5"
            lasting = lasting and status is not None and lasting_status(status[2], status[3])
            told = " ".join((action, status[0] if status else "", _field(group, "Diagnostic-Code")))
            kind: ReportKind = "bounce_permanent" if lasting else "bounce_temporary"
            return MailReport(kind, message_id, address, one_line(told, 300), key)
    return MailReport("unknown", message_id, "", "a delivery report without a failure", key)


def _complaint(parts: list[Message], raw: bytes) -> MailReport:
    message_id, key = _original(parts, raw)
    for group in _groups(parts, "message/feedback-report"):
        kind = _field(group, "Feedback-Type").lower()
        address = _address(_field(group, "Original-Rcpt-To"))
        if kind == "not-spam":
            return MailReport("unknown", message_id, address, "not-spam", key)
        if kind:
            agent = _field(group, "User-Agent")
            return MailReport("complaint", message_id, address, one_line(f"{kind} {agent}", 300), key)
    return MailReport("unknown", message_id, "", "a feedback report without its type", key)


def _reply(mail: Message) -> MailReport:
    address = parseaddr(_field(mail, "From"))[1]
    ids = [*_MESSAGE_ID.findall(_field(mail, "In-Reply-To")), *_MESSAGE_ID.findall(_field(mail, "References"))[::-1]]
    ours = next((found for found in ids if key_of_message_id(found)), ids[0] if ids else "")
    subject = one_line(_field(mail, "Subject"), 200)
    automatic = _field(mail, "Auto-Submitted").lower() not in ("", "no") or mail.get("X-Autoreply") is not None
    if automatic:
        return MailReport("unknown", ours, address, f"an automatic answer: {subject}", key_of_message_id(ours))
    if not ours:
        return MailReport("unknown", "", address, f"answers nothing of ours: {subject}")
    return MailReport("reply", ours, address, subject, key_of_message_id(ours), words_of(list(_parts(mail))))


def _groups(parts: list[Message], content_type: str) -> Iterator[Message]:
    """Yield the groups of fields of a report: the parser makes each a message; some senders' it leaves as text."""
    for part in parts:
        if part.get_content_type() == content_type:
            held = part.get_payload()
            if isinstance(held, list):
                yield from (group for group in held if isinstance(group, Message))
                continue
            text = part.get_payload(decode=True)
            for block in re.split(rb"\r?\n\r?\n", text if isinstance(text, bytes) else b""):
                yield message_from_bytes(block.lstrip(), policy=compat32)
            continue


def _original(parts: list[Message], raw: bytes) -> tuple[str, str]:
    """Return Message-ID and key of the message sent back; of its headers alone, or of what stands as plain text."""
    for part in parts[1:]:
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers", "message/global"):
            held = part.get_payload()
            inner = held[0] if isinstance(held, list) and held and isinstance(held[0], Message) else None
            if inner is None:
                text = part.get_payload(decode=True)
                inner = message_from_bytes(text if isinstance(text, bytes) else b"", policy=compat32)
            return _named(_field(inner, "Message-ID"), _field(inner, KEY_HEADER))
    found = {}
    for name, value in _HEADER.findall(raw):  # the last of each: the report's own headers come first
        found[name.decode("ascii").lower()] = value.decode("utf-8", "replace")
    ids = [value for value in (found.get("message-id", ""),) if key_of_message_id(value)]
    return _named(ids[0] if ids else "", found.get(KEY_HEADER.lower(), ""))


def _named(text: str, header: str) -> tuple[str, str]:
    match = _MESSAGE_ID.search(text)
    message_id = match[0] if match else ""
    return message_id, key_of_header(header) or key_of_message_id(message_id)


def _field(mail: Message, name: str) -> str:
    return one_line(str(mail.get(name, "") or ""), 4000)


def _address(field: str) -> str:
    """Return the address of `rfc822; who@example.org` or `<who@example.org>`."""
    return parseaddr(field.rpartition(";")[2].strip())[1]
