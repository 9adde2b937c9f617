"""Who reads and who acts: what the handlers take out of a request."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request

from staycourse.kernel import Words, words_of
from staycourse.policy import Title
from staycourse.web.preferences import preferences_of

READING = ["GET", "HEAD"]
LONGEST_SEARCH = 200
MOST_PAGES = 1_000_000


def reader_words(request: Request) -> Words:
    """Return the words of the reader's language."""
    return words_of(preferences_of(request).language)


def actor_of(request: Request) -> str:
    """Return the name that is written beside what this request does."""
    return preferences_of(request).actor


def moment_text(instant: datetime | None, zone: ZoneInfo, words: Words) -> str:
    """Return a day and a time of day in `zone`, nothing for None."""
    if instant is None:
        return ""
    local = instant.astimezone(zone)
    return words.t("care.moment", day=words.day(local.date()), time=words.clock(local))


def span_text(span: timedelta, words: Words) -> str:
    """Return how long something lasts: minutes up to two hours, hours up to two days, then days."""
    minutes = max(1, round(abs(span) / timedelta(minutes=1)))
    if minutes < 120:
        return words.t("care.minutes", n=minutes)
    if minutes < 48 * 60:
        return words.t("care.hours", n=round(minutes / 60))
    return words.t("console.days", n=round(minutes / 1440))


def due_words(due: datetime, now: datetime, words: Words) -> str:
    """Return by when something is due, from now on; or for how long it has been."""
    key = "care.due.in" if due >= now else "care.due.late"
    return words.t(key, span=span_text(due - now, words))


def playbook_name(playbook: str, title: Title | None, words: Words) -> str:
    """Return what the operator calls a playbook; the bare name of one that the policy no longer has."""
    return title.of(words.language) if title else playbook.replace("_", " ")


def isolated(name: str) -> str:
    """Return a name so that nothing in it turns the direction of the words around it (Unicode UAX 9, isolates)."""
    return f"\u2068{name}\u2069" if name else ""
