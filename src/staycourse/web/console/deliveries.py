"""Deliveries as views: the messages and why they stand where they do, one message as it is read, the channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from staycourse.desk import HELD_DAYS, ChannelLine, DeliveryFilter, DeliveryList, MessageStory
from staycourse.kernel import Words
from staycourse.web.charts import Chart, Table, stacked_days
from staycourse.web.console.contacts import MessageView, message_view
from staycourse.web.console.lists import Paging, list_address, paging, state_choices
from staycourse.web.console.reader import moment_text, playbook_name
from staycourse.web.console.today import Choice

STATES = ("pending", "claimed", "sent", "withheld", "dropped", "failed")


@dataclass(frozen=True, slots=True)
class DeliveriesView:
    """The page. `state` is ready, no_match or nothing (no message was ever made)."""

    state: str
    asked: DeliveryFilter
    found_text: str
    rows: tuple[MessageView, ...]
    states: tuple[Choice, ...]
    reasons: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    playbooks: tuple[Choice, ...]
    held: Chart | None
    filtered: bool
    paging: Paging


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One message: its facts and its words."""

    message: MessageView
    facts: tuple[tuple[str, str], ...]
    language: str
    language_name: str
    subject: str
    paragraphs: tuple[str, ...]
    short: str
    fault: str


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel."""

    name: str
    kind: str
    state: str
    state_word: str
    detail: str
    facts: tuple[tuple[str, str], ...]
    error: str


def deliveries_address(asked: DeliveryFilter, **changed: str | int) -> str:
    """Return the address of the list for what was asked, with some of it changed; page 1 unless said."""
    wanted = replace(asked, **({"page": 1} | changed))  # type: ignore[arg-type]
    fields: Mapping[str, str | int] = {
        "state": wanted.state, "channel": wanted.channel, "playbook": wanted.playbook, "reason": wanted.reason,
        "learner": wanted.learner, "page": wanted.page if wanted.page > 1 else "",
    }  # fmt: skip
    return list_address("/deliveries", fields)


def deliveries_view(
    found: DeliveryList, asked: DeliveryFilter, now: datetime, zone: ZoneInfo, words: Words
) -> DeliveriesView:
    """Return the view of a page of messages."""
    filtered = any((asked.state, asked.channel, asked.playbook, asked.reason, asked.learner))
    state = "ready" if found.found else "no_match" if found.by_state else "nothing"
    titles = dict(found.playbooks)
    return DeliveriesView(
        state=state,
        asked=asked,
        found_text=words.t("deliveries.found", n=found.found, count=words.number(found.found)),
        rows=tuple(message_view(line, now, zone, words) for line in found.rows),
        states=_states(found, asked, words),
        reasons=_choices(found.reasons, asked.reason, lambda name: short_reason(name, words)),
        channels=_choices(found.channels, asked.channel, str),
        playbooks=_choices(tuple(titles), asked.playbook, lambda name: playbook_name(name, titles.get(name), words)),
        held=held_chart(found.held, now.astimezone(zone).date(), words) if found.held else None,
        filtered=filtered,
        paging=paging(found, lambda page: deliveries_address(asked, page=page), words),
    )


def message_page(story: MessageStory, now: datetime, zone: ZoneInfo, words: Words) -> MessagePage:
    """Return the page of one message."""
    line = story.line
    facts = (
        ("purpose", words.named("purpose", line.purpose)),
        ("wanted", words.t("deliveries.separator").join(story.wanted)),
        ("created", moment_text(line.created, zone, words)),
        ("due", moment_text(line.due, zone, words) if line.state in ("pending", "claimed") else ""),
        ("stale", moment_text(story.stale, zone, words)),
        ("sent", moment_text(line.sent, zone, words)),
        ("attempts", words.number(line.attempts) if line.attempts else ""),
        ("provider", story.provider_id),
        ("key", line.key),
    )
    return MessagePage(
        message=message_view(line, now, zone, words),
        facts=tuple((words.t(f"deliveries.fact.{name}"), value) for name, value in facts if value),
        language=story.language,
        language_name=words.t(f"console.language.{story.language}"),
        subject=story.subject,
        paragraphs=tuple(part for part in story.text.split("\n\n") if part.strip()),
        short=story.short,
        fault=words.told(story.fault),
    )


def channel_view(line: ChannelLine, zone: ZoneInfo, words: Words) -> ChannelView:
    """Return the view of one channel."""
    facts = (
        ("sent", words.number(line.sent)),
        ("failed", words.number(line.failed)),
        ("last_sent", moment_text(line.last_sent, zone, words)),
        ("last_failed", moment_text(line.last_failed, zone, words)),
    )
    return ChannelView(
        name=line.name,
        kind=words.named("channel.kind", line.kind),
        state=line.state,
        state_word=words.named("state.channel", line.state),
        detail=words.told(line.detail),
        facts=tuple((words.t(f"deliveries.channel.{name}"), value) for name, value in facts if value),
        error=words.told(line.last_error),
    )


def held_chart(held: Sequence[tuple[date, str, int]], today: date, words: Words) -> Chart:
    """Return what waits or was not sent, a bar a day, parted by why; most frequent reason first."""
    t = words.t
    totals = Counter[str]()
    for _, reason, count in held:
        totals[reason] += count
    days = [today - timedelta(days=back) for back in range(HELD_DAYS - 1, -1, -1)]
    counts = {(day, reason): count for day, reason, count in held}
    series = [
        (short_reason(reason, words), [counts.get((day, reason), 0) for day in days])
        for reason, _ in totals.most_common()
    ]
    most = totals.most_common(1)[0][0]
    rows = tuple(
        (words.day(day), *(words.number(values[place]) for _, values in series))
        for place, day in reversed(list(enumerate(days)))
        if any(values[place] for _, values in series)
    )
    return Chart(
        "held",
        t("deliveries.held.title", n=HELD_DAYS),
        t(
            "deliveries.held.summary",
            n=totals.total(),
            count=words.number(totals.total()),
            why=words.named("withheld", most),
        ),
        stacked_days([words.short_day(day) for day in days], series),
        Table(
            t("deliveries.held.title", n=HELD_DAYS),
            (t("console.column.day"), *(name for name, _ in series)),
            (*rows, (t("deliveries.held.all"), *(words.number(sum(values)) for _, values in series))),
        ),
    )


def short_reason(reason: str, words: Words) -> str:
    """Return why, in a word or two."""
    key = f"withheld.{reason}.short"
    return words.t(key) if words.translator.has(key) else words.named("withheld", reason)


def _states(found: DeliveryList, asked: DeliveryFilter, words: Words) -> tuple[Choice, ...]:
    names = {name: words.t(f"message.state.{name}") for name in STATES}
    return state_choices(
        found.by_state, asked.state, names, lambda state: deliveries_address(asked, state=state), words
    )


def _choices(names: Sequence[str], chosen: str, say: Callable[[str], str]) -> tuple[Choice, ...]:
    shown = [*names, *([chosen] if chosen and chosen not in names else [])]
    return tuple(Choice("", name, say(name), "", name == chosen) for name in shown)
