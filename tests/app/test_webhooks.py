"""Webhooks: told in the transaction of what happened, signed, tried again with the same id, to no private address."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from receivers import Receiver, SetClock, receiver
from sqlalchemy import text, update

from staycourse.adapters.channels import verify
from staycourse.adapters.channels.posting import Answer
from staycourse.adapters.store import Database, schema
from staycourse.adapters.store.doors import WebhookBook
from staycourse.app.care import Care, run_tick
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import erase_learner
from staycourse.app.outgoing import WEBHOOK_KINDS, Courier, Webhooks, courier_at_work, tell_webhooks
from staycourse.app.outgoing.courier import GIVE_UP_AFTER, WAITS
from staycourse.events import Event
from staycourse.kernel import BadInput, FixedClock, NotFound, Settings, translator

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def home(tmp_path: Path, clock: SetClock) -> Iterator[Home]:
    settings = Settings(tmp_path / "home", "main", "UTC", clock, 1, 1, local_webhooks=True)
    with open_home(settings, writing=True) as opened:
        yield opened


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as seen:
        yield seen


def open_alert(home: Home, learner: str = "anna") -> None:
    now = home.settings.clock.now()
    event = Event(event_id=f"e-{learner}", learner=learner, verb="refund_asked", time=now, object="order-1")
    home.log.append("main", [event])
    assert run_tick(Care(home)).opened == 1


def key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def test_an_alert_is_told_once_and_signed(home: Home, hook: Receiver) -> None:
    hooks = Webhooks(home)
    made = hooks.add("main", hook.url, ["alert.opened"])
    open_alert(home)
    assert Courier(hooks).round("main").delivered == 1
    assert Courier(hooks).round("main").delivered == 0
    (post,) = hook.posts
    assert post.said["type"] == "alert.opened" and post.said["timestamp"] == "2026-03-02T10:00:00Z"
    assert {"learner": "anna", "cause": "price", "trigger": "event"}.items() <= post.said["data"].items()
    assert post.said["data"]["risk"] is None, "no night knows the course: not known, and not small"
    now = int(NOW.timestamp())
    assert verify(key_of(made.secret), post.headers, post.body, now)
    assert not verify(key_of(made.secret), post.headers, post.body + b" ", now)
    assert not verify(key_of(made.secret), post.headers, post.body, now + 301)


def test_only_what_is_asked_for_is_told_and_only_to_its_own_tenant(home: Home, hook: Receiver) -> None:
    hooks = Webhooks(home)
    home.store.ensure_tenant("other", "UTC", NOW)
    hooks.add("other", hook.url, ["alert.opened"])
    hooks.add("main", hook.url, ["message.failed"])
    open_alert(home)
    assert Courier(hooks).round("main").delivered == Courier(hooks).round("other").delivered == 0
    assert hook.posts == []


def test_what_is_rolled_back_is_not_told(home: Home, hook: Receiver) -> None:
    hooks = Webhooks(home)
    hooks.add("main", hook.url, ["alert.closed"])
    open_alert(home)
    with pytest.raises(ZeroDivisionError), home.database.writing() as connection:
        connection.execute(update(schema.alerts).values(state="closed", closed=NOW))
        raise ZeroDivisionError
    assert Courier(hooks).round("main").delivered == 0
    with home.database.writing() as connection:
        connection.execute(update(schema.alerts).values(state="closed", closed=NOW))
    with home.database.writing() as connection:
        connection.execute(update(schema.alerts).values(state="closed", calm_nights=3))
    assert Courier(hooks).round("main").delivered == 1
    assert hook.kinds == ["alert.closed"]


def test_each_kind_is_told_on_both_databases(database: Database) -> None:
    """Every trigger fires, with a body that can be made: what no test fires nobody knows to work."""
    book = WebhookBook(database)
    with database.writing() as connection:
        connection.execute(schema.tenants.insert().values(tenant="main", zone="UTC", created=NOW))
    webhook = book.add("main", "https://example.org", WEBHOOK_KINDS, "00", NOW)
    with database.writing() as connection:
        _fire_all(connection)
    claimed = book.claim("main", webhook, "w", NOW, 100)
    told = [json.loads(one.body) for one in claimed]
    assert sorted(one["type"] for one in told) == sorted([*WEBHOOK_KINDS, "risk.night_finished"])
    data = {one["type"]: one["data"] for one in told}
    assert data["alert.opened"]["risk"] == 0.5
    assert data["journey.left"]["reason"] == "returned" and data["journey.left"]["learner"] == "ann"
    assert data["message.sent"]["key"] == "k1" and data["message.failed"]["reason"] == "refused"
    assert data["risk.night_finished"]["as_of"] == "2026-03-01" and data["risk.night_finished"]["enrolments"] == 9
    assert data["learner.erased"]["salt"] == "0102" and "ann" not in json.dumps(data["learner.erased"])
    assert len({one.key("main") for one in claimed}) == len(claimed)


def _fire_all(connection: object) -> None:
    run = {"tenant": "main", "as_of": date(2026, 3, 1), "started": NOW, "finished": NOW, "enrolments": 9,
           "candidates": 1, "basis": "scorecard", "policy_version": 1, "steps": []}  # fmt: skip
    alert = {"tenant": "main", "alert": "a1", "learner": "ann", "course": "c", "cause": "price", "tier": "core",
             "trigger": "rule", "state": "open", "risk": 0.5, "priority": 0.5, "suggestion": "x", "rules": [],
             "reasons": [], "opened": NOW, "as_of": date(2026, 3, 1), "due": NOW, "seen_on": date(2026, 3, 1),
             "policy_version": 1, "horizon_days": 14}  # fmt: skip
    journey = {"tenant": "main", "learner": "ann", "course": "c", "playbook": "p", "entry": "e", "tier": "core",
               "priority": 1, "arm": "treated", "exclusive": True, "state": "active", "version": 1,
               "entered": NOW}  # fmt: skip
    message = {"tenant": "main", "learner": "ann", "course": "c", "playbook": "p", "purpose": "care", "template": "t",
               "details": {}, "due": NOW, "created": NOW}  # fmt: skip
    erased = {"tenant": "main", "mark": "ff", "salt": "0102", "asked": NOW}
    for table, row in (
        (schema.runs, run), (schema.alerts, alert), (schema.journeys, journey),
        (schema.journeys, journey | {"learner": "held", "state": "held_out", "arm": "held_out"}),
        (schema.messages, message | {"key": "k1", "state": "claimed"}),
        (schema.messages, message | {"key": "k2", "state": "claimed"}), (schema.erasures, erased),
    ):  # fmt: skip
        connection.execute(table.insert().values(row))  # type: ignore[attr-defined]
    for table, key, fresh in (
        (schema.runs, schema.runs.c.as_of == date(2026, 3, 1), {"finished": NOW}),
        (schema.alerts, schema.alerts.c.alert == "a1", {"state": "done", "closed": NOW, "closed_by": "person"}),
        (schema.journeys, schema.journeys.c.learner == "ann",
         {"state": "left", "left_at": NOW, "reason": "returned"}),
        (schema.messages, schema.messages.c.key == "k1", {"state": "sent", "sent": NOW}),
        (schema.messages, schema.messages.c.key == "k2", {"state": "failed", "reason": "refused"}),
        (schema.erasures, schema.erasures.c.mark == "ff", {"finished": NOW}),
    ):  # fmt: skip
        connection.execute(update(table).where(key).values(fresh))  # type: ignore[attr-defined]


def test_no_migration_loses_a_trigger(database: Database) -> None:
    """A table that is made anew on SQLite loses its triggers: whoever writes such a migration is told here."""
    catalogue = {"sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
                 "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"}  # fmt: skip
    with database.reading() as connection:
        found = set(connection.execute(text(catalogue[database.dialect])).scalars())
    assert found >= {
        "tell_alert_opened_insert", "tell_alert_closed_update", "tell_journey_entered_insert",
        "tell_journey_left_update", "tell_message_sent_update", "tell_message_failed_update",
        "tell_risk_night_finished_insert", "tell_risk_night_finished_update", "tell_learner_erased_update",
    }  # fmt: skip


def test_what_fails_is_tried_again_with_the_same_id_and_body_until_it_is_dead(
    home: Home, hook: Receiver, clock: SetClock
) -> None:
    hooks = Webhooks(home)
    webhook = hooks.add("main", hook.url, ["alert.opened"]).webhook
    hook.status = 500
    open_alert(home)
    waited = []
    for _ in range(len(WAITS) + 1):
        before = clock.now()
        while not (done := Courier(hooks).round("main")).failed + done.dead:
            clock.later(seconds=1 if clock.now() - before < timedelta(minutes=10) else 600)
        waited.append((clock.now() - before).total_seconds())
    assert done.dead == 1
    assert len(hook.posts) == len(WAITS) + 1
    assert len({(post.key, post.body) for post in hook.posts}) == 1, "the same id says the same, always"
    assert all(WAITS[at] <= waited[at + 1] <= WAITS[at] * 1.2 + 601 for at in range(len(WAITS)))
    (line,) = hooks.every("main")
    assert (line.dead, line.pending) == (1, 0) and "500" in line.last_error
    hook.status = 200
    assert hooks.replay("main", webhook[:8]) == 1
    assert Courier(hooks).round("main").delivered == 1
    assert hook.posts[-1].key == hook.posts[0].key


def test_a_receiver_may_ask_for_more_time(home: Home, hook: Receiver, clock: SetClock) -> None:
    hooks = Webhooks(home)
    hooks.add("main", hook.url, ["alert.opened"])
    hook.status, hook.headers = 429, {"Retry-After": "120"}
    open_alert(home)
    assert Courier(hooks).round("main").failed == 1
    clock.later(seconds=119)
    assert Courier(hooks).round("main").failed == 0
    clock.later(seconds=2)
    assert Courier(hooks).round("main").failed == 1


def test_a_receiver_that_says_that_it_is_gone_is_told_nothing_more(home: Home, hook: Receiver) -> None:
    hooks = Webhooks(home)
    webhook = hooks.add("main", hook.url, ["alert.opened"]).webhook
    hook.status = 410
    open_alert(home)
    open_alert(home, "ben")
    assert Courier(hooks).round("main").dead == 1
    assert len(hook.posts) == 1 and hooks.every("main")[0].stopped == NOW
    hook.status = 204
    assert Courier(hooks).round("main").delivered == 0
    assert hooks.replay("main", webhook) == 1
    assert Courier(hooks).round("main").delivered == 2


def test_one_that_is_stopped_is_told_later_what_waited_but_not_what_is_old(
    home: Home, hook: Receiver, clock: SetClock
) -> None:
    hooks = Webhooks(home)
    webhook = hooks.add("main", hook.url, ["alert.opened"]).webhook
    hooks.stop("main", webhook, actor="ann")
    open_alert(home)
    assert Courier(hooks).round("main").delivered == 0 and hooks.every("main")[0].state == "stopped"
    clock.later(days=31)
    open_alert(home, "ben")
    assert hooks.book.tidy("main", clock.now()) == 1, "what has waited 30 days is forgotten"
    hooks.stop("main", webhook, again=True, actor="ann")
    assert Courier(hooks).round("main").delivered == 1
    assert hook.kinds == ["alert.opened"] and hooks.every("main")[0].state == "ok"


def test_a_redirect_is_not_followed(home: Home, hook: Receiver) -> None:
    hooks = Webhooks(home)
    hooks.add("main", hook.url, ["alert.opened"])
    hook.status, hook.headers = 302, {"Location": hook.url + "/elsewhere"}
    open_alert(home)
    assert Courier(hooks).round("main").failed == 1
    assert len(hook.posts) == 1


def test_each_delivery_can_be_looked_at_and_told_again_by_itself(home: Home, hook: Receiver, clock: SetClock) -> None:
    hooks = Webhooks(home)
    webhook = hooks.add("main", hook.url, ["alert.opened"]).webhook
    other = hooks.add("main", hook.url + "other", ["message.sent"]).webhook
    hook.status = 500
    open_alert(home)
    _, (waiting,) = hooks.deliveries("main", webhook)
    assert (waiting.state, waiting.attempts, waiting.tried) == ("pending", 0, None)
    Courier(hooks).round("main")
    _, (failed,) = hooks.deliveries("main", webhook)
    assert (failed.attempts, failed.tried, failed.learner, failed.kind) == (1, NOW, "anna", "alert.opened")
    assert "answered 500" in failed.error and failed.due > NOW
    hook.status = 204
    for _ in range(len(WAITS)):
        clock.later(days=1, hours=6)
        Courier(hooks).round("main")
    _, (delivered,) = hooks.deliveries("main", webhook, ["delivered"])
    assert (delivered.attempts, delivered.error) == (2, "")
    told = len(hook.posts)
    assert hooks.replay("main", webhook, only=delivered.number, actor="eve") == 1
    Courier(hooks).round("main")
    assert len(hook.posts) == told + 1 and len({post.key for post in hook.posts}) == 1
    assert hooks.deliveries("main", webhook, ["dead"])[1] == [] == hooks.deliveries("main", webhook, before=1)[1]
    with pytest.raises(NotFound):
        hooks.replay("main", other, only=delivered.number)
    with pytest.raises(NotFound):
        hooks.deliveries("other", webhook)


def test_a_test_shows_on_the_webhook_and_410_stops_it(home: Home, hook: Receiver) -> None:
    """It was told that nothing is told any more, and went on."""
    hooks = Webhooks(home)
    webhook = hooks.add("main", hook.url, ["alert.opened"]).webhook
    hook.status = 500
    assert "answered 500" in hooks.test("main", webhook)
    assert [(one.state, one.last_failed) for one in hooks.every("main")] == [("failing", NOW)]
    hook.status = 204
    assert hooks.test("main", webhook) == ""
    assert [(one.state, one.last_delivered) for one in hooks.every("main")] == [("ok", NOW)]
    hook.status = 410
    assert "nothing is told any more" in hooks.test("main", webhook)
    assert [one.state for one in hooks.every("main")] == ["stopped"]


def test_what_was_given_up_does_not_say_that_it_is_tried_again(home: Home, hook: Receiver, clock: SetClock) -> None:
    hooks = Webhooks(home)
    with receiver() as dead:
        webhook = hooks.add("main", dead.url, ["alert.opened"]).webhook
    open_alert(home)
    for _ in range(len(WAITS) + 1):
        Courier(hooks).round("main")
        clock.later(days=1, hours=6)
    _, (given_up,) = hooks.deliveries("main", webhook)
    assert given_up.state == "dead" and "refused the connection" in given_up.error
    assert "again" not in given_up.error


def test_one_receiver_that_does_not_answer_keeps_nobody_else_waiting(home: Home, hook: Receiver) -> None:
    hooks = Webhooks(home)
    with receiver() as dead:
        bad = hooks.add("main", dead.url, ["alert.opened"]).webhook
    hooks.add("main", hook.url, ["alert.opened"])
    for number in range(5):
        open_alert(home, f"learner-{number}")
    done = Courier(hooks).round("main")
    assert done.delivered == 5 and done.failed == GIVE_UP_AFTER
    state = {one.webhook: one for one in hooks.every("main")}[bad]
    assert state.rests_until is not None and state.pending == 5
    assert Courier(hooks).round("main").failed == 0, "it rests"


def test_a_private_address_is_refused_unless_it_is_allowed(home: Home, hook: Receiver) -> None:
    hooks = Webhooks(home)
    hooks.add("main", hook.url, ["alert.opened"])
    inside = hooks.add("main", hook.url.replace("http:", "https:"), ["alert.closed"]).webhook
    open_alert(home)
    home.settings = replace(home.settings, local_webhooks=False)
    strict = Webhooks(home)
    with pytest.raises(BadInput, match="https"):
        strict.add("main", hook.url, ["alert.opened"])
    with pytest.raises(BadInput, match=r"private network.*STAYCOURSE_LOCAL_WEBHOOKS"):
        strict.add("main", hook.url.replace("http:", "https:"), ["alert.opened"])
    told = strict.test("main", inside)
    assert "private network" in told and "STAYCOURSE_LOCAL_WEBHOOKS" in told and "channels.toml" not in told
    assert Courier(strict).round("main").failed == 1
    assert hook.posts == []


@pytest.mark.parametrize("host", ["10.0.0.7", "[::1]", "[::ffff:10.0.0.7]", "localhost", "169.254.169.254"])
def test_an_address_that_could_never_be_told_is_refused_when_it_is_added(home: Home, host: str) -> None:
    home.settings = replace(home.settings, local_webhooks=False)
    with pytest.raises(BadInput, match="private network"):
        Webhooks(home).add("main", f"https://{host}/hook", ["alert.opened"])
    assert Webhooks(home).every("main") == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example", "https://", "https://u:p@x.example/", "https://x.example/\n", "x", "https://<script>",
        "https://x.example:99999/", "https://x.example:0/", "https://x.example/a b", "https://x y/", "https://x..y/",
        "https://x.example/#part", "https://x.example/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(home: Home, url: str) -> None:
    with pytest.raises(BadInput):
        Webhooks(home).add("main", url, ["alert.opened"])
    with pytest.raises(BadInput, match="there is no kind"):
        Webhooks(home).add("main", "https://x.example", ["alert.eaten"])


def test_what_a_receiver_did_is_told_in_chinese() -> None:
    told = translator("zh-CN").told
    moved = Answer("x.example", 302, "30 s", "/").fault(permanent=False)
    assert told(str(moved)) == "x.example：返回了 302 Found；不跟随重定向；要求等待 30 s" == told(moved.line())
    assert told("answered 410 Gone; nothing is told any more") == "返回了 410 Gone；不再向其通知"
    assert told("x.example: does not answer: timed out; it is tried again").startswith("x.example：没有响应：")


def test_a_new_secret_and_the_former_one_both_sign_for_a_while(home: Home, hook: Receiver, clock: SetClock) -> None:
    hooks = Webhooks(home)
    first = hooks.add("main", hook.url, ["alert.opened"])
    second = hooks.rotate("main", first.webhook)
    assert first.secret != second.secret and second.secret not in repr(second)
    assert hooks.test("main", first.webhook) == ""
    clock.later(hours=24, seconds=1)
    assert hooks.test("main", first.webhook) == ""
    during, after = hook.posts
    for post, good in ((during, [True, True]), (after, [False, True])):
        stamp = int(post.headers["webhook-timestamp"])
        assert [verify(key_of(one.secret), post.headers, post.body, stamp) for one in (first, second)] == good


def test_no_secret_is_in_the_store_or_the_log(home: Home, hook: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hooks = Webhooks(home)
    made = hooks.add("main", hook.url, ["alert.opened"])
    hook.status = 500
    open_alert(home)
    Courier(hooks).round("main")
    held = b"".join(file.read_bytes() for file in home.path.glob("store.db*"))
    assert made.secret.removeprefix("whsec_").encode() not in held and key_of(made.secret) not in held
    assert made.secret not in caplog.text and "500" in caplog.text


def test_an_erased_learner_is_told_by_a_hash_that_only_who_knows_the_id_can_read(
    home: Home, hook: Receiver, clock: SetClock
) -> None:
    hooks = Webhooks(home)
    hooks.add("main", hook.url, ["learner.erased", "alert.opened"])
    open_alert(home)
    clock.later(hours=2)  # no message is on its way any more
    erase_learner(home, "anna", actor="op")
    Courier(hooks).round("main")
    assert hook.kinds == ["learner.erased"], "what was still to be told of them went with them"
    data = hook.posts[0].said["data"]
    marks = [hashlib.blake2b(name.encode(), key=bytes.fromhex(data["salt"]), digest_size=16).hexdigest()
             for name in ("anna", "ben")]  # fmt: skip
    assert data["mark"] == marks[0] != marks[1] and b"anna" not in hook.posts[0].body


def test_a_webhook_that_is_removed_leaves_nothing_and_breaks_nothing(home: Home, hook: Receiver) -> None:
    hooks = Webhooks(home)
    webhook = hooks.add("main", hook.url, ["alert.opened"]).webhook
    open_alert(home)
    hooks.remove("main", webhook)
    open_alert(home, "ben")
    assert Courier(hooks).round("main").delivered == 0 and hooks.every("main") == []
    with pytest.raises(NotFound):
        hooks.remove("main", webhook)


def test_the_courier_works_beside_the_ticks(home: Home, hook: Receiver) -> None:
    Webhooks(home).add("main", hook.url, ["alert.opened"])
    open_alert(home)
    with courier_at_work(home):
        until = time.monotonic() + 20
        while not hook.posts and time.monotonic() < until:
            time.sleep(0.01)
    assert hook.kinds == ["alert.opened"]


def test_what_was_told_long_ago_is_forgotten(home: Home, hook: Receiver, clock: SetClock) -> None:
    hooks = Webhooks(home)
    hooks.add("main", hook.url, ["alert.opened"])
    open_alert(home)
    Courier(hooks).round("main")
    clock.later(days=29)
    assert hooks.book.tidy("main", clock.now()) == 0
    clock.later(days=2)
    assert hooks.book.tidy("main", clock.now()) == 1


def tell_in_a_process(place: Path, now: datetime) -> int:
    """Begin to tell in a process of its own; returns its number."""
    child = os.fork()
    if child:
        return child
    settings = Settings(place, "main", "UTC", FixedClock(now), 1, 1, local_webhooks=True)
    try:
        with open_home(settings, writing=False) as opened:
            tell_webhooks(opened)
    finally:
        os._exit(0)


def test_killed_in_the_middle_of_telling_nothing_is_lost(home: Home, hook: Receiver) -> None:
    """Each round's worker is killed as soon as the receiver has got something more; the ids are those of the start."""
    hooks = Webhooks(home)
    hooks.add("main", hook.url, ["alert.opened"])
    learners = [f"learner-{number:02d}" for number in range(30)]
    for learner in learners:
        open_alert(home, learner)
    instant, kills = NOW, 0
    for _ in range(12):
        before, ended = len(hook.posts), 0
        child = tell_in_a_process(home.path, instant)
        while len(hook.posts) < before + 4 and not ended:
            time.sleep(0.001)
            ended, _ = os.waitpid(child, os.WNOHANG)
        if not ended:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            kills += 1
        instant += timedelta(minutes=6)  # past the claim
        if {post.said["data"]["learner"] for post in hook.posts} == set(learners):
            break
    assert kills >= 3
    keys = {post.key: post.body for post in hook.posts}
    assert len(keys) == len(learners), "each thing has one id, however often it was told"
    assert all(keys[post.key] == post.body for post in hook.posts)
    assert len(hook.posts) <= len(learners) + 2 * kills, "told twice is only what was under way"
