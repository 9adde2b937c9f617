"""One message as mail: RFC 5322 and MIME, one-click unsubscribing (RFC 8058), a Message-ID that its key makes."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote, unquote

from staycourse.adapters.channels.configuration import EmailSettings
from staycourse.adapters.channels.hygiene import clean_text, one_line
from staycourse.care import Outgoing, TransportFault
from staycourse.kernel import natural_id

KEY_HEADER = "X-Staycourse-Key"
"""Some relays put a Message-ID of their own; this header still names the message in what they send back."""

_POLICY = SMTP.clone(cte_type="7bit")  # a server that lacks 8BITMIME takes it too
_KEY_BYTES = 100
_NOT_PLAIN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff<>,;:\\\"()\[\]]")
_LOCAL = re.compile(r"<?k\.([a-z2-7]+)@")


def compose(message: Outgoing, settings: EmailSettings, now: datetime) -> EmailMessage:
    """Return `message` as mail; a permanent TransportFault if its address is none."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(one_line(settings.sender_name, 100), addr_spec=settings.sender)
    mail["To"] = recipient(message.address)
    mail["Subject"] = one_line(message.subject, 250)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(message.key, settings.sender)
    mail[KEY_HEADER] = quote(message.key.encode("utf-8", "replace"), safe=":")[:800]
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: answering machines keep silent
    if settings.reply_to:
        mail["Reply-To"] = Address(addr_spec=settings.reply_to)
    if message.unsubscribe_url:
        mail["Precedence"] = "bulk"
        mail["List-Unsubscribe"] = f"<{_plain_url(message.unsubscribe_url)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(clean_text(message.text) + "\n")
    if message.html is not None:
        mail.add_alternative(clean_text(message.html), subtype="html")
    # Last: setting the content clears what begins with Content-.
    mail["Content-Language"] = one_line(message.language, 20)
    return mail


def recipient(address: str) -> Address:
    """Return one mailbox; a permanent TransportFault for anything else (a list, a comment, a header)."""
    local, _, domain = address.rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not (local and host) or len(address) > 254 or _NOT_PLAIN.search(address) or "@" in local:
        raise TransportFault("is not an e-mail address", where="the address", permanent=True)
    return Address(username=local, domain=host)


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID that `key` always has. The key can be read back unless it is longer than 100 bytes."""
    raw = key.encode("utf-8", "replace")
    if len(raw) <= _KEY_BYTES:
        local = "k." + base64.b32encode(raw).decode("ascii").rstrip("=").lower()
    else:
        local = "h." + natural_id("message-id", key)
    return f"<{local}@{sender.rpartition('@')[2]}>"


def key_of_message_id(text: str) -> str:
    """Return the key that a Message-ID of ours holds; nothing for any other."""
    match = _LOCAL.match(text.strip())
    if match is None:
        return ""
    letters = match[1].upper()
    try:
        return base64.b32decode(letters + "=" * (-len(letters) % 8)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def key_of_header(value: str) -> str:
    """Return the key that a KEY_HEADER holds."""
    return unquote("".join(value.split()))


def _plain_url(url: str) -> str:
    return quote(one_line(url, 1500).encode("utf-8", "replace"), safe="/%:?#@!$&'()*+,;=~")
