"""What every channel keeps to, tried on each kind against a real provider on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from channel_worlds import WORLDS, InboxWorld, World, closed_port, outgoing

from staycourse.adapters.channels import KINDS
from staycourse.care import TransportFault

HTTP_KINDS = ("apprise", "webpush", "webhook")
NETWORKED = ("email", *HTTP_KINDS)
ONCE = ("inbox", "file")
"""Kinds whose provider is ours, and keeps one message a key."""

HOSTILE = {
    "a header": "Hello\r\nBcc: everyone@school.example\r\nX-Injected: yes\r\n\r\n<p>body",
    "a bare line feed": "Hello\nX-Injected: yes",
    "html": "<script>alert(1)</script><b>&amp;</b>",
    "long": "long words " * 1000,
    "emoji": "加油 🎉👩‍🏫 é",
    "nul": "before\x00after\x1b[31m\u2028",
    "half a pair": "half \ud83d of a pair",
    "end of data": ".\r\n.\r\nQUIT\r\n",
    "a pattern": "{address} {{ 7 * 7 }} %s $(id)",
    "nothing": "",
}


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = WORLDS[request.param](tmp_path)
    yield made
    made.close()


def fault_of(world: World, **changes: str) -> TransportFault:
    with pytest.raises(TransportFault) as raised:
        world.channel().send(outgoing(world.address, **changes))
    return raised.value


def test_every_kind_has_a_provider_here() -> None:
    assert set(WORLDS) == set(KINDS)


def test_a_message_arrives_and_is_receipted(world: World) -> None:
    message = outgoing(world.address)
    receipt = world.channel().send(message)
    assert receipt.provider_id
    (seen,) = world.seen()
    assert (seen.subject, seen.text) == (message.subject, message.text)


def test_the_key_reaches_the_provider_and_is_the_same_at_every_attempt(world: World) -> None:
    channel = world.channel()
    receipts = [channel.send(outgoing(world.address, key=key)) for key in ("run-1:a:1", "run-1:a:1", "run-1:b:1")]
    keys = [seen.key for seen in world.seen()]
    assert receipts[0] == receipts[1] != receipts[2]
    if world.kind in ONCE:
        assert keys == ["run-1:a:1", "run-1:b:1"], "a provider of ours keeps one message a key"
    else:
        assert len(keys) == 3 and keys[0] == keys[1] != keys[2]


def test_a_new_process_gives_the_same_key(world: World) -> None:
    receipts = {world.channel().send(outgoing(world.address)) for _ in range(2)}
    assert len(receipts) == 1 and len({seen.key for seen in world.seen()}) == 1


@pytest.mark.parametrize("mode", ["permanent", "temporary"])
def test_a_refusal_says_whether_trying_again_is_of_use(world: World, mode: str) -> None:
    if world.kind in ONCE:
        pytest.skip("there is no provider that could refuse")
    world.mode = mode
    fault = fault_of(world)
    assert fault.permanent is (mode == "permanent")
    assert "\n" not in str(fault) and world.address not in str(fault)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_stay_words(world: World, name: str) -> None:
    words = HOSTILE[name]
    channel = world.channel()
    channel.send(outgoing(world.address, subject=words, text=words or " ", html=f"<p>{words}</p>", learner="ann",
                          unsubscribe_url="https://school.example/u?t=1", key=f"run-1:{name}:1",
                          data={"link": words, words[:30]: words}))  # fmt: skip
    channel.send(outgoing(world.address, key="run-2:after:1"))
    seen = world.seen()  # checks, for each kind, that no header, recipient or path was broken into
    assert len(seen) == 2 and seen[1].subject == "A lesson is ready"
    assert "\n" not in seen[0].subject and "\x00" not in seen[0].subject + seen[0].text


def test_hostile_keys_stay_keys(world: World) -> None:
    channel = world.channel()
    keys = ["a\r\nX-Injected: yes", "k" * 3000, "ключ/../?x=1&y#z", "键 with blanks", "a.b,c;d"]
    for key in [*keys, *keys]:
        channel.send(outgoing(world.address, key=key))
    assert len({seen.key for seen in world.seen()}) == len(keys), "each key is its own, and always the same"


def test_health_is_one_line(world: World) -> None:
    health = world.channel().health()
    assert health.state == "ok" and health.detail and "\n" not in health.detail
    assert world.seen() == [], "nothing is sent to know it"


def test_a_closed_door_is_a_temporary_fault_in_one_line(world: World) -> None:
    with closed_port() as port:
        channel = world.channel(port)
        message = outgoing(world.subscription(port)) if hasattr(world, "subscription") else outgoing(world.address)
        if world.kind == "file":
            (world.home / "outbox.jsonl").mkdir()
        if isinstance(world, InboxWorld):
            world.kept.broken = True
        with pytest.raises(TransportFault) as raised:
            channel.send(message)
    assert raised.value.permanent is False
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 300
    if world.kind == "email":
        assert channel.health().state == "bad"


def test_no_secret_shows(world: World) -> None:
    told = []
    for mode in ("permanent", "temporary"):
        world.mode = mode
        if world.kind not in ONCE:
            told.append(str(fault_of(world)))
    with closed_port() as port:
        closed = world.channel(port)
        told += [closed.health().detail, repr(closed), repr(vars(closed)), str(vars(closed))]
    told += [world.channel().health().detail]
    secrets = [value for value in world.environment(world.port).values() if value]
    assert secrets and not [line for line in told for secret in (*secrets, world.secret) if secret in line]


def test_a_missing_secret_is_told_by_its_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if world.kind not in HTTP_KINDS:
        pytest.skip("needs no secret here")
    monkeypatch.setattr(world, "environment", lambda port: {})
    fault = fault_of(world)
    assert "THE_SECRET" in str(fault) and not fault.permanent
    assert world.channel().health().state == "bad"


def test_a_wrong_secret_is_told_by_its_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if world.kind not in HTTP_KINDS:
        pytest.skip("needs no secret here")
    monkeypatch.setattr(world, "environment", lambda port: {"THE_SECRET": "wrong-7141"})
    fault = fault_of(world)
    assert "THE_SECRET" in str(fault) and "7141" not in str(fault) and not fault.permanent
    assert world.channel().health().state == "bad"


def test_several_threads_may_send(world: World) -> None:
    channel = world.channel()
    messages = [outgoing(world.address, key=f"run-1:s:{number}") for number in range(24)]
    with ThreadPoolExecutor(6) as pool:
        receipts = list(pool.map(channel.send, messages))
    assert len({receipt.provider_id for receipt in receipts}) == len(messages)
    assert len({seen.key for seen in world.seen()}) == len(world.seen()) == len(messages)
