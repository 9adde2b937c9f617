"""The outbox under races and deaths: what may have reached a learner counts, what was left is not sent."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from staycourse.adapters.store import Database, Store, schema
from staycourse.adapters.store.care import Claimed, Delivery, JourneyBook, Outbox
from staycourse.adapters.store.care.outbox import BACK_OFF, LEASE
from staycourse.care import Draw, Entry, Person, Verdict, Waiting, decide, nodes_of
from staycourse.events import Learner
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
POLICY = """
[care.links]
home = "https://example.org"

[care.budgets]
coupons_per_month = 1

[campaigns.spring]
title = { en = "Spring", zh_CN = "春季" }
percent_off = 10
opens = "2026-03-03"
closes = "2026-03-31"
code = "SPRING"

[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "hello", do = "send", template = "tutoring_offer" },
  { id = "wait", do = "wait", days = 3 },
]
"""


@pytest.fixture
def policy() -> Policy:
    return load_policy(POLICY, signals=SIGNALS_BY_NAME, version=1)


@pytest.fixture
def box(database: Database) -> Outbox:
    Store(database).ensure_tenant("main", "UTC", NOW)
    return Outbox(database)


def put(box: Outbox, key: str, learner: str = "ann", *, purpose: str = "care", **more: object) -> None:
    message = {
        "key": key, "learner": learner, "course": "c", "purpose": purpose, "template": "t", "due": NOW, "created": NOW,
        "details": {"channels": ["inbox"], **more.pop("details", {})}, **more,  # type: ignore[dict-item]
    }  # fmt: skip
    box.put("main", message)


def claim(
    box: Outbox, policy: Policy, worker: str, now: datetime, *, limit: int = 100, zone: str = "UTC"
) -> Sequence[Claimed]:
    def guard(message: Waiting, person: Person) -> Verdict:
        return decide(message, person, policy.care, tenant_zone=ZoneInfo(zone), now=now, kinds={"inbox": ""})

    today = now.astimezone(ZoneInfo(zone)).date()
    return box.claim("main", worker, policy, now, guard, limit=limit, today=today)[0]


def test_what_a_dead_worker_may_have_sent_still_counts_when_it_is_given_up(box: Outbox, policy: Policy) -> None:
    put(box, "first", stale=NOW + timedelta(minutes=5))
    assert [one.key for one in claim(box, policy, "dead", NOW)] == ["first"]  # and perhaps it was sent
    assert not claim(box, policy, "w", NOW + LEASE)  # it is stale by now
    put(box, "second")
    assert not claim(box, policy, "w", NOW + timedelta(hours=2))
    assert [one.key for one in claim(box, policy, "w", NOW + timedelta(days=1))] == ["second"]


def test_what_the_provider_refused_does_not_count(box: Outbox, policy: Policy) -> None:
    put(box, "first")
    claim(box, policy, "w", NOW)
    box.settle("main", "w", [Delivery("first", error="no such address", permanent=True)], NOW)
    put(box, "second")
    assert [one.key for one in claim(box, policy, "w", NOW)] == ["second"]


def test_that_a_message_was_taken_is_written_down_though_its_claim_was_lost(box: Outbox, policy: Policy) -> None:
    put(box, "k")
    claim(box, policy, "slow", NOW)
    assert [one.key for one in claim(box, policy, "quick", NOW + LEASE)] == ["k"]
    assert box.settle("main", "slow", [Delivery("k", "p")], NOW + LEASE) == 1
    assert box.settle("main", "quick", [Delivery("k", error="timeout")], NOW + LEASE) == 0
    assert box.settle("main", "quick", [Delivery("k", "p")], NOW + LEASE) == 0
    assert not claim(box, policy, "w", NOW + timedelta(days=3))


def test_a_lost_claim_that_failed_changes_nothing(box: Outbox, policy: Policy) -> None:
    put(box, "k")
    claim(box, policy, "slow", NOW)
    claim(box, policy, "quick", NOW + LEASE)
    assert box.settle("main", "slow", [Delivery("k", error="refused", permanent=True)], NOW + LEASE) == 0
    assert box.settle("main", "quick", [Delivery("k", "p")], NOW + LEASE) == 1


def test_a_message_that_is_tried_again_is_dropped_once_its_journey_was_left(
    box: Outbox, policy: Policy, database: Database
) -> None:
    journeys = JourneyBook(database)
    journeys.install("main", policy, nodes_of(policy), NOW)
    entry = Entry("ann", "c", "help", "alert:1", "regular", "1", "too_hard")
    journeys.enter("main", [(entry, Draw("ann", "help", "regular", "treated", 0.1))], policy, NOW)
    journeys.advance("main", NOW)
    (message,) = claim(box, policy, "w", NOW)
    box.settle("main", "w", [Delivery(message.key, error="busy")], NOW)
    assert journeys.leave("main", [one.journey for one in journeys.active("main", ["ann"])], "return", NOW) == 1
    assert not claim(box, policy, "w", NOW + timedelta(minutes=BACK_OFF[0]))
    assert not claim(box, policy, "w", NOW + timedelta(days=2))


def test_no_more_is_claimed_at_once_than_asked_and_the_rest_comes_next(box: Outbox, policy: Policy) -> None:
    for number in range(7):
        put(box, f"receipt-{number}", purpose="service")
    put(box, "other", "bob")
    sizes = [len(claim(box, policy, "w", NOW, limit=3)) for _ in range(4)]
    assert sizes == [3, 3, 2, 0]


def test_learners_whose_messages_are_held_block_nobody(box: Outbox, policy: Policy, database: Database) -> None:
    night = [f"held-{number}" for number in range(30)]
    Store(database).put_learners("main", [Learner(learner=name, zone="Asia/Shanghai") for name in night])
    evening = NOW + timedelta(hours=5)  # 23:00 there
    for name in night:
        put(box, f"of {name}", name)
    put(box, "day", "zoe")
    rounds = [claim(box, policy, "w", evening, limit=4) for _ in range(10)]
    assert [one.key for found in rounds for one in found] == ["day"]


@pytest.mark.parametrize(("hour", "given"), [(15, 0), (17, 1)])
def test_a_campaign_opens_by_the_tenants_day(box: Outbox, policy: Policy, hour: int, given: int) -> None:
    put(box, "k", purpose="service", details={"campaign": "spring"})  # opens on the 3rd, in Shanghai from 16:00 UTC on
    assert len(claim(box, policy, "w", NOW.replace(hour=hour), zone="Asia/Shanghai")) == given


def test_one_coupon_a_month_is_one_however_often_a_claim_is_taken_up(box: Outbox, policy: Policy) -> None:
    later = NOW + timedelta(days=2)
    for name in ("ann", "bob"):
        put(box, f"for {name}", name, purpose="service", details={"campaign": "spring"})
    assert [one.learner for one in claim(box, policy, "dead", later)] == ["ann"]
    assert [one.learner for one in claim(box, policy, "w", later + LEASE)] == ["ann"]


def test_learners_with_long_names_are_reached(box: Outbox, policy: Policy) -> None:
    put(box, "k", "学" * 200)
    assert len(claim(box, policy, "w", NOW)) == 1


def _spent(database: Database) -> tuple[int, int]:
    """Return how many coupons of March are spent, and how many are with learners."""
    used = select(schema.budgets.c.used).where(schema.budgets.c.month == "2026-03", schema.budgets.c.kind == "coupons")
    with database.reading() as connection:
        given = connection.scalar(select(func.count()).select_from(schema.coupons))
        return connection.scalar(used) or 0, given or 0


@pytest.mark.parametrize("permanent", [True, False])
def test_the_coupon_of_a_message_that_failed_for_good_is_given_back_once(
    box: Outbox, policy: Policy, database: Database, permanent: bool
) -> None:
    """The only coupon of the month: what nobody got, the next learner may have, and the same one too."""
    now = NOW + timedelta(days=2)
    put(box, "first", purpose="service", details={"campaign": "spring"})
    failed = [Delivery("first", error="no such address", permanent=permanent)]
    for pause in (0, *BACK_OFF) if not permanent else (0,):
        now += timedelta(minutes=pause)
        assert [one.key for one in claim(box, policy, "w", now)] == ["first"]
        assert _spent(database) == (1, 1)
        box.settle("main", "w", failed, now)
    assert _spent(database) == (0, 0)
    box.settle("main", "w", failed, now)  # told again, it is given back no second time
    assert _spent(database) == (0, 0)
    put(box, "again", purpose="service", details={"campaign": "spring"})
    assert [one.key for one in claim(box, policy, "w", now)] == ["again"]
    box.settle("main", "w", [Delivery("again", "p")], now)
    assert _spent(database) == (1, 1)


def test_a_coupon_is_given_back_to_the_month_it_was_drawn_from(box: Outbox, policy: Policy, database: Database) -> None:
    """Given on the last evening of March by the tenant's clock, refused in April."""
    march = datetime(2026, 3, 31, 12, tzinfo=UTC)
    put(box, "first", purpose="service", details={"campaign": "spring"})
    assert claim(box, policy, "w", march)
    box.settle("main", "w", [Delivery("first", error="no such address", permanent=True)], march + timedelta(days=1))
    assert _spent(database) == (0, 0)


def _lost(box: Outbox, policy: Policy, now: datetime) -> None:
    """Let a worker claim the only coupon of the month and be heard of no more; the message grows stale."""
    put(box, "k", details={"campaign": "spring"}, stale=now + timedelta(minutes=5))
    assert [one.key for one in claim(box, policy, "slow", now)] == ["k"]
    assert not claim(box, policy, "quick", now + LEASE)


def test_the_coupon_of_a_lost_claim_that_is_sent_no_more_is_given_back(
    box: Outbox, policy: Policy, database: Database
) -> None:
    """The list of coupons says who got one: nobody, by all that is known. The next learner may have it."""
    now = NOW + timedelta(days=2)
    _lost(box, policy, now)
    assert _spent(database) == (0, 0)
    put(box, "next", "bob", purpose="service", details={"campaign": "spring"})
    assert [one.key for one in claim(box, policy, "quick", now + LEASE)] == ["next"]


def test_a_worker_heard_of_at_last_spends_the_coupon_after_all(box: Outbox, policy: Policy, database: Database) -> None:
    """It reached the learner: that is counted once, in the month it was claimed, even where the budget is gone."""
    now = NOW + timedelta(days=2)
    _lost(box, policy, now)
    for _ in range(2):
        box.settle("main", "slow", [Delivery("k", "p")], now + timedelta(days=29))
        assert _spent(database) == (1, 1)
    put(box, "again", purpose="service", details={"campaign": "spring"})
    assert not claim(box, policy, "w", now + timedelta(days=3))


def test_the_coupon_of_a_lost_claim_goes_with_its_journey(box: Outbox, policy: Policy, database: Database) -> None:
    journeys, now = JourneyBook(database), NOW + timedelta(days=2)
    offered = load_policy(
        POLICY.replace('do = "send", template = "tutoring_offer"',
                       'do = "offer", template = "coupon_offer", campaign = "spring", link = "home"'),
        signals=SIGNALS_BY_NAME, version=1,
    )  # fmt: skip
    journeys.install("main", offered, nodes_of(offered), now)
    entry = Entry("ann", "c", "help", "alert:1", "regular", "1", "too_hard")
    journeys.enter("main", [(entry, Draw("ann", "help", "regular", "treated", 0.1))], offered, now)
    journeys.advance("main", now)
    (message,) = claim(box, offered, "dead", now)
    assert _spent(database) == (1, 1)
    journeys.leave("main", [one.journey for one in journeys.active("main", ["ann"])], "return", now)
    assert _spent(database) == (1, 1)  # it is on its way, by all that is known
    assert not claim(box, offered, "w", now + LEASE)
    assert _spent(database) == (0, 0)
    box.settle("main", "dead", [Delivery(message.key, "p")], now + LEASE)
    assert _spent(database) == (1, 1)
