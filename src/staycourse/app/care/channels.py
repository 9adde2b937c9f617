"""The channels of a home, for those who set them up: how each is, a test-send, what came back by mail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from staycourse.adapters.channels import MailReport, fresh_keys, open_channels, read_mailbox
from staycourse.adapters.store.care import FactBook, InboxBook
from staycourse.app.homes.home import Home, read_text
from staycourse.care import Channel, ChannelState, Outgoing, Receipt
from staycourse.kernel import NotFound, fresh_id, translator, worded

CHANNELS_FILE = "channels.toml"


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel as it is: `last_error` and when, if a status source knows one."""

    name: str
    kind: str
    state: ChannelState
    detail: str
    last_error: str
    last_failed: datetime | None


def home_channels(home: Home) -> Mapping[str, Channel]:
    """Return the channels of the home's channels.toml; the inbox and the file without one. BadSettings if wrong."""
    place = home.path / CHANNELS_FILE
    text = read_text(place) if place.is_file() else None
    inbox = InboxBook(home.database, home.settings.clock)
    return open_channels(text, str(place), os.environ, home.path, inbox, clock=home.settings.clock)


def channel_rows(home: Home, channels: Mapping[str, Channel]) -> list[ChannelRow]:
    """Ask each channel how it is, and the store what it did so far."""
    states = FactBook(home.database).channel_states(home.tenant)
    rows = []
    for name, channel in channels.items():
        health = channel.health()
        known = states.get(name, {})
        error, failed = known.get("last_error") or "", known.get("last_failed")
        rows.append(ChannelRow(name, channel.kind, health.state, health.detail, error, failed))
    return rows


def send_test(channels: Mapping[str, Channel], name: str, address: str, tenant: str, language: str) -> Receipt:
    """Send one test message. NotFound if there is no such channel, TransportFault if it is not taken."""
    channel = channels.get(name)
    if channel is None:
        raise NotFound(
            worded("there is no channel {name!r}", name=name[:40]),
            where="NAME",
            mend=worded("there are {choices}", choices=", ".join(channels)),
        )
    say = translator(language)
    text = say.text("mail.test.text")
    message = Outgoing(
        key=f"test:{fresh_id()}",
        tenant=tenant,
        learner=address,
        address=address,
        language=language,
        subject=say.text("mail.test.subject", platform="staycourse"),
        text=text,
        purpose="service",
        data={"short": text.partition("\n")[0]},
    )
    return channel.send(message)


def take_mail(folder: Path, keep: Callable[[MailReport], object] | None) -> Iterator[MailReport]:
    """Yield what came back by mail, each given to `keep` before its file is moved aside; without it, only look."""
    return read_mailbox(folder, keep)


def vapid_keys() -> tuple[str, str]:
    """Return a new pair of keys for web push, (private, public). Nothing is kept."""
    return fresh_keys()
