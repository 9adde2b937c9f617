"""Unsubscribing by an event: at once, of what is named, of everything where that is not clear."""

from datetime import UTC, datetime

import pytest

from staycourse.adapters.store import Database, Store
from staycourse.adapters.store.care import PeopleBook
from staycourse.events import Event

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("named", "channel", "purpose"),
    [
        ("", "*", "*"), ("email", "email", "*"), ("marketing", "*", "marketing"), ("care", "*", "care"),
        ("the weekly newsletter", "*", "*"), ("x" * 500, "*", "*"),
    ],
)  # fmt: skip
def test_an_unsubscription_is_of_what_it_names(database: Database, named: str, channel: str, purpose: str) -> None:
    Store(database).ensure_tenant("main", "UTC", NOW)
    people = PeopleBook(database)
    event = Event(event_id="e" * 200, learner="l" * 200, verb="unsubscribed", time=NOW, object=named)
    people.unsubscribe("main", [event, event])
    (said,) = people.consents("main", "l" * 200)
    assert (said["channel"], said["purpose"], said["granted"]) == (channel, purpose, False)
