"""Trials in the store: one runs at a time, whoever is gone loses it, and nothing is told by who has lost it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from staycourse.adapters.store import Store, TrialBook
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.trials import KEPT, MOST_LIVE, MOST_TRIES
from staycourse.kernel import TooMany

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LEASE = timedelta(seconds=30)


@pytest.fixture
def book(database: Database) -> TrialBook:
    for tenant in ("main", "other"):
        Store(database).ensure_tenant(tenant, "UTC", NOW)
    return TrialBook(database)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_one_runs_at_a_time_the_longest_waiting_first(book: TrialBook) -> None:
    first = book.ask("main", "backtest", "{}", "Li", NOW)
    second = book.ask("main", "proposals", "{}", "Li", later(1))
    assert book.ask("main", "backtest", "{}", "Wu", later(2)) == first
    assert book.waits("main", later(2))
    assert not book.waits("other", later(2))
    taken = book.claim("main", "a", later(2), LEASE)
    assert taken is not None
    assert taken.trial == first
    assert book.claim("main", "b", later(3), LEASE) is None
    assert not book.waits("main", later(3))
    assert book.renew("main", first, "a", later(60), "look", 3, 16)
    assert not book.renew("main", first, "b", later(60))
    row = book.trial("main", first)
    assert row is not None
    assert (row.state, row.stage, row.so_far, row.of_all) == ("running", "look", 3, 16)
    assert book.trial("other", first) is None
    assert book.finish("main", first, "a", later(9), report="{}")
    taken = book.claim("main", "b", later(9), LEASE)
    assert taken is not None
    assert taken.trial == second
    assert [one.trial for one in book.latest("main")] == [second, first]
    assert all(one.report == "" for one in book.latest("main"))


def test_whoever_is_gone_loses_it_and_can_tell_nothing_any_more(book: TrialBook) -> None:
    trial = book.ask("main", "backtest", "{}", "Li", NOW)
    assert book.claim("main", "a", NOW, LEASE)
    assert not book.waits("main", later(30 - 1))
    assert book.waits("main", later(30))
    assert book.claim("main", "b", later(30), LEASE)
    assert not book.renew("main", trial, "a", later(90))
    assert not book.finish("main", trial, "a", later(31), report="of a")
    assert book.let_go("main", "a", counted=True) == 0
    assert book.finish("main", trial, "b", later(32), report="of b")
    row = book.trial("main", trial)
    assert row is not None
    assert (row.state, row.report) == ("done", "of b")


def test_what_dies_again_and_again_has_failed_and_a_stop_does_not_count(book: TrialBook) -> None:
    trial = book.ask("main", "backtest", "{}", "Li", NOW)
    for _ in range(MOST_TRIES + 2):
        assert book.claim("main", "a", NOW, LEASE)
        assert book.let_go("main", "a", counted=False) == 1
    for _ in range(MOST_TRIES):
        assert book.claim("main", "a", NOW, LEASE)
        assert book.let_go("main", "a", counted=True) == 1
    assert book.claim("main", "a", NOW, LEASE) is None
    row = book.trial("main", trial)
    assert row is not None
    assert row.state == "failed"
    assert "killed again and again" in row.fault


def test_a_cancelled_one_is_lost_to_who_computes_it(book: TrialBook) -> None:
    trial = book.ask("main", "backtest", "{}", "Li", NOW)
    assert book.claim("main", "a", NOW, LEASE)
    assert book.cancel("main", trial, later(1))
    assert not book.cancel("main", trial, later(2))
    assert not book.renew("main", trial, "a", later(60))
    assert not book.finish("main", trial, "a", later(2), report="late")
    assert book.let_go("main", "a", counted=True) == 0
    assert book.ask("main", "backtest", "{}", "Li", later(3)) != trial


def test_there_are_a_few_of_each_tenant(book: TrialBook) -> None:
    asked = [book.ask("main", "backtest", str(number), "Li", later(number)) for number in range(MOST_LIVE)]
    with pytest.raises(TooMany):
        book.ask("main", "backtest", "more", "Li", NOW)
    assert book.ask("main", "backtest", "0", "Li", NOW) == asked[0]
    assert book.ask("other", "backtest", "0", "Li", NOW)
    for number in range(KEPT + 9):
        book.cancel("main", book.latest("main")[0].trial, NOW)
        last = book.ask("main", "backtest", f"again {number}", "Li", later(100 + number))
    assert len(book.latest("main")) <= KEPT + MOST_LIVE
    assert book.latest("main")[0].trial == last
    assert {one.trial for one in book.latest("main")} >= set(asked[:-1])
