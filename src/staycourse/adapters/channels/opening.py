"""From the configuration to channels. Nothing is connected here: each channel opens when first used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from staycourse.adapters.channels.apprise import AppriseChannel
from staycourse.adapters.channels.configuration import (
    AnySettings,
    AppriseSettings,
    EmailSettings,
    FileSettings,
    InboxSettings,
    WebhookSettings,
    WebPushSettings,
    read_channels,
)
from staycourse.adapters.channels.email import EmailChannel
from staycourse.adapters.channels.file import FileChannel
from staycourse.adapters.channels.inbox import InboxChannel, InboxKeeper
from staycourse.adapters.channels.secrets import Secret
from staycourse.adapters.channels.webhook import WebhookChannel
from staycourse.adapters.channels.webpush import WebPushChannel
from staycourse.care import Channel
from staycourse.kernel import Clock, SystemClock

KINDS = ("email", "apprise", "webpush", "inbox", "webhook", "file")
"""Every kind of channel there is."""


def open_channels(
    text: str | None,
    source: str,
    environment: Mapping[str, str],
    home: Path,
    inbox: InboxKeeper | None,
    *,
    clock: Clock | None = None,
) -> Mapping[str, Channel]:
    """Return the channels of a `channels.toml` by name, in its order; without one (None), the inbox and the file.

    BadSettings names line and field of what is wrong. A secret that is not set is told by the channel that needs it,
    when it is used: the others still work.
    """
    when = clock or SystemClock()
    return {
        settings.name: _opened(settings, environment, home, inbox, when) for settings in read_channels(text, source)
    }


def _opened(
    settings: AnySettings, environment: Mapping[str, str], home: Path, inbox: InboxKeeper | None, clock: Clock
) -> Channel:
    match settings:
        case EmailSettings():
            password = Secret(environment, settings.password_env) if settings.password_env else None
            return EmailChannel(settings, password, clock)
        case AppriseSettings():
            return AppriseChannel(settings, Secret(environment, settings.url_env))
        case WebPushSettings():
            return WebPushChannel(settings, Secret(environment, settings.private_key_env), clock)
        case WebhookSettings():
            return WebhookChannel(settings, Secret(environment, settings.secret_env), clock)
        case InboxSettings():
            return InboxChannel(settings.name, inbox)
        case FileSettings():
            return FileChannel(settings.name, home / settings.file, clock)
