"""`channels.toml`: which channels there are and where they lead. Secrets stand in environment variables it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from staycourse.kernel import BadSettings, worded
from staycourse.policy import Fault, OperatorFile

CHANNELS_FILE = OperatorFile("the channels file", "docs/channels.md", BadSettings)
DEFAULT_CHANNELS = """
[[channels]]
name = "inbox"
kind = "inbox"

[[channels]]
name = "file"
kind = "file"
"""

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Variable = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]
Host = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=120)]
MailAddress = Annotated[str, Meta(pattern=r"^[^\s<>@,;:\"()\\]+@[A-Za-z0-9.-]+$", max_length=254)]
WebAddress = Annotated[str, Meta(pattern=r"^https?://[!-~]+$", max_length=2000)]
OneLine = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200)]

_LITERALS = frozenset({"password", "secret", "token", "private_key", "api_key", "key"})


class ChannelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every channel has: the `name` that playbooks and consents use."""

    name: Name
    kind: ClassVar[str]


class EmailSettings(ChannelSettings, frozen=True, kw_only=True, tag="email"):
    """An SMTP server to hand mail to (RFC 6409). `bounces_to` is the envelope sender, `from` unless given.

    `security`: `starttls` refuses a server that offers none, `tls` is TLS from the first byte, `none` sends openly.
    `ca_file` names a private authority's certificates.
    """

    kind: ClassVar[str] = "email"
    host: Host
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: OneLine = ""
    sender: MailAddress = msgspec.field(name="from")
    sender_name: OneLine = msgspec.field(name="from_name", default="")
    reply_to: MailAddress | None = None
    bounces_to: MailAddress | None = None
    username: OneLine = ""
    password_env: Variable | None = None
    timeout_seconds: Seconds = 20


class AppriseSettings(ChannelSettings, frozen=True, kw_only=True, tag="apprise"):
    """A service that the Apprise library knows. `url_env` names the variable that holds its URL, since that is secret.

    `{address}` and `{key}` in the URL are filled in for each message. `content` is what is sent: the short wording
    (SMS, push) or the whole text.
    """

    kind: ClassVar[str] = "apprise"
    url_env: Variable
    content: Literal["short", "text"] = "short"


class WebPushSettings(ChannelSettings, frozen=True, kw_only=True, tag="webpush"):
    """Web push. `private_key_env` names the VAPID key's variable; `contact` is who the push service may write to."""

    kind: ClassVar[str] = "webpush"
    private_key_env: Variable
    contact: Annotated[str, Meta(pattern=r"^(mailto:[^\s]+@[^\s]+|https://[^\s]+)$", max_length=254)]
    keep_hours: Annotated[int, Meta(ge=0, le=24 * 28)] = 24
    allow_private: bool = False
    timeout_seconds: Seconds = 10


class WebhookSettings(ChannelSettings, frozen=True, kw_only=True, tag="webhook"):
    """Signed HTTP POSTs. With `url` all go there; without, each message's address is the URL.

    `allow_private` lets it reach addresses of this machine and the local network.
    """

    kind: ClassVar[str] = "webhook"
    url: WebAddress | None = None
    secret_env: Variable
    allow_private: bool = False
    timeout_seconds: Seconds = 10


class InboxSettings(ChannelSettings, frozen=True, kw_only=True, tag="inbox"):
    """The inbox in the platform's own pages, kept in the store."""

    kind: ClassVar[str] = "inbox"


class FileSettings(ChannelSettings, frozen=True, kw_only=True, tag="file"):
    """A file in the home that messages are written to, one JSON document a line: nobody is reached."""

    kind: ClassVar[str] = "file"
    file: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")] = "outbox.jsonl"


AnySettings = EmailSettings | AppriseSettings | WebPushSettings | WebhookSettings | InboxSettings | FileSettings


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    channels: Annotated[list[AnySettings], Meta(max_length=50)] = []


def read_channels(text: str | None, source: str = "channels.toml") -> tuple[AnySettings, ...]:
    """Return the channels that `text` states; without a file, the inbox and the file. BadSettings names line, field."""
    text = DEFAULT_CHANNELS if text is None else text
    given = CHANNELS_FILE.parse(text, source)
    for fault in _literal_secrets(given):
        raise CHANNELS_FILE.placed(fault, text, source)
    found = CHANNELS_FILE.convert(given, _File, text, source)
    for fault in _faults(found.channels):
        raise CHANNELS_FILE.placed(fault, text, source)
    return tuple(found.channels)


def _literal_secrets(given: Mapping[str, Any]) -> Iterator[Fault]:
    """Refuse a secret written into the file before anything could repeat its value."""
    listed = given.get("channels")
    for place, channel in enumerate(listed if isinstance(listed, list) else []):
        for field in _LITERALS.intersection(channel if isinstance(channel, dict) else ()):
            yield Fault(
                ("channels", place, field),
                "a secret does not stand in this file",
                worded(
                    'put it into an environment variable and name that: {field}_env = "STAYCOURSE_..."', field=field
                ),
            )
        url = channel.get("url") if isinstance(channel, dict) else None
        if isinstance(url, str) and "@" in url.partition("://")[2].partition("/")[0]:
            yield Fault(("channels", place, "url"), "a user or password does not stand in this file", "take it out")


def _faults(channels: list[AnySettings]) -> Iterator[Fault]:
    names: set[str] = set()
    for place, channel in enumerate(channels):
        if channel.name in names:
            yield Fault(
                ("channels", place, "name"),
                worded("there is a channel {name!r} already", name=channel.name),
                "name it otherwise",
            )
        names.add(channel.name)
        if isinstance(channel, EmailSettings):
            yield from _mail_faults(place, channel)
    files = [channel.file for channel in channels if isinstance(channel, FileSettings)]
    if len(files) != len(set(files)):
        yield Fault(("channels",), "two channels write the same file", "give each its own")


def _mail_faults(place: int, channel: EmailSettings) -> Iterator[Fault]:
    if bool(channel.username) != bool(channel.password_env):
        missing = "password_env" if channel.username else "username"
        yield Fault(("channels", place, missing), "a login needs username and password_env", "give both or neither")
    if channel.username and channel.security == "none" and channel.host not in ("localhost", "127.0.0.1", "::1"):
        yield Fault(
            ("channels", place, "security"), "a password would be sent openly", 'use security = "starttls" or "tls"'
        )
