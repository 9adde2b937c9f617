"""Web push, webhooks and Apprise in their details: the RFCs' own examples, and nowhere to be led astray."""

from __future__ import annotations

import base64
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apprise
import pytest
from channel_worlds import (
    CLOCK,
    WEBHOOK_SECRET,
    AppriseWorld,
    HttpWorld,
    PushWorld,
    WebhookWorld,
    http_server,
    outgoing,
)
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.channels import open_channels
from staycourse.adapters.channels.apprise.transport import _filled
from staycourse.adapters.channels.posting import Poster, is_public
from staycourse.adapters.channels.webhook import signature, verify
from staycourse.adapters.channels.webpush import Subscription, encrypt
from staycourse.adapters.channels.webpush.encryption import base64url, from_base64url
from staycourse.adapters.channels.webpush.transport import payload
from staycourse.care import TransportFault
from staycourse.kernel import translator


@pytest.fixture
def push(tmp_path: Path) -> Iterator[PushWorld]:
    made = PushWorld(tmp_path)
    yield made
    made.close()


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[WebhookWorld]:
    made = WebhookWorld(tmp_path)
    yield made
    made.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[AppriseWorld]:
    made = AppriseWorld(tmp_path)
    yield made
    made.close()


def fault(world: HttpWorld, address: str | None = None, **changes: object) -> TransportFault:
    with pytest.raises(TransportFault) as raised:
        world.channel().send(outgoing(world.address if address is None else address, **changes))
    assert "\n" not in str(raised.value)
    return raised.value


def test_the_example_of_rfc_8291_is_encrypted_to_the_letter() -> None:
    """Appendix A of RFC 8291."""
    number = int.from_bytes(from_base64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    receiver = Subscription(
        "https://push.example.net/",
        from_base64url("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        from_base64url("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    body = encrypt(
        receiver, b"When I grow up, I want to be a watermelon", own=ec.derive_private_key(number, ec.SECP256R1()),
        salt=from_base64url("DGv6ra1nlYgDCS1FRnbzlw"),
    )  # fmt: skip
    assert base64url(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
        "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_push_service_knows_who_sends(push: PushWorld) -> None:
    push.channel().send(outgoing(push.address))
    headers = push.requests[0][1]
    claims = push.check_authorization(headers["authorization"])
    assert claims["aud"] == f"http://127.0.0.1:{push.port}" and claims["sub"] == "mailto:ops@school.example"
    assert 0 < claims["exp"] - CLOCK.now().timestamp() <= 24 * 3600, "RFC 8292, section 2"
    assert headers["ttl"] == "86400"


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(404, True), (410, True), (400, False), (403, False), (413, False), (429, False), (500, False)],
)
def test_only_a_subscription_that_is_gone_is_permanent(push: PushWorld, status: int, permanent: bool) -> None:
    push.statuses["ok"] = status
    push.headers = {"Retry-After": "120"}
    found = fault(push)
    assert found.permanent is permanent and f"answered {status}" in str(found) and "120 s" in str(found)


@pytest.mark.parametrize("text", ["短" * 4000, '"\\\n' * 3000, "\x01a" * 5000, "🎉" * 3000, "a" * 3993])
def test_a_long_message_is_cut_to_one_record(push: PushWorld, text: str) -> None:
    push.channel().send(
        outgoing(push.address, text=text, subject=text, data={"link": "https://a.example/" + "x" * 900})
    )
    assert len(push.requests[0][2]) <= 4096 and push.seen()[0].text


@given(text=st.text(), subject=st.text())
def test_what_a_browser_is_shown_is_always_one_document(text: str, subject: str) -> None:
    assert set(json.loads(payload(outgoing("a", text=text, subject=subject, data={"link": text}), "t"))) == {
        "title", "body", "link", "tag", "language",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["", "{}", "[]", "null", '{"endpoint": "https://a.example", "keys": {"p256dh": "x", "auth": "y"}}',
     '{"endpoint": "https://a.example", "keys": {"p256dh": "' + "A" * 87 + '", "auth": "' + "A" * 22 + '"}}'],
)  # fmt: skip
def test_what_is_no_subscription_is_permanent(push: PushWorld, address: str) -> None:
    assert fault(push, address).permanent


def test_a_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks specification's reference libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_receiver_can_tell_ours_from_others(hook: WebhookWorld) -> None:
    hook.channel().send(outgoing(hook.address, unsubscribe_url="https://a.example/u", data={"campaign": "spring"}))
    _, headers, body = hook.requests[0]
    key, now = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_")), int(CLOCK.now().timestamp())
    assert verify(key, headers, body, now)
    assert not verify(key, headers, body + b" ", now) and not verify(b"x" * 32, headers, body, now)
    assert not verify(key, headers, body, now + 301) and not verify(key, headers | {"webhook-id": "other"}, body, now)
    sent = json.loads(body)
    assert sent["type"] == "staycourse.message" and sent["data"]["data"] == {"campaign": "spring"}


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (401, True), (404, True), (410, True), (408, False), (425, False), (429, False), (500, False),
     (503, False), (301, False), (302, False)],
)  # fmt: skip
def test_a_webhooks_answer_says_whether_to_try_again(hook: WebhookWorld, status: int, permanent: bool) -> None:
    hook.statuses["ok"] = status
    hook.headers = {"Retry-After": "Mon, 02 Mar 2026 10:00:00 GMT", "Location": "http://127.0.0.1:1/elsewhere"}
    found = fault(hook)
    assert found.permanent is permanent and str(status) in str(found) and "10:00:00" in str(found)
    assert len(hook.requests) == 1, "no redirect is followed"


def unpinned(world: WebhookWorld, allow: bool = False) -> str:
    return f'[[channels]]\nname="w"\nkind="webhook"\nsecret_env="S"\nallow_private={str(allow).lower()}\n'


REFUSED = (
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://0.0.0.0:{port}/", "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://10.0.0.1/",
    "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[fd00::1]/",
    "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://100.64.0.1/", "http://224.0.0.1/",
)  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_nobody_is_led_into_the_local_network(hook: WebhookWorld, url: str) -> None:
    channel = open_channels(unpinned(hook), "c", {"S": WEBHOOK_SECRET}, hook.home, None, clock=CLOCK)["w"]
    with pytest.raises(TransportFault) as raised:
        channel.send(outgoing(url.format(port=hook.port)))
    assert hook.requests == []
    assert raised.value.permanent or "resolved" in str(raised.value) or "answer" in str(raised.value)


def test_a_name_that_changes_its_mind_leads_nowhere(hook: WebhookWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the connection goes to the address that was judged, however often the name is asked again."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *rest: object, **more: object) -> list[object]:
        asked.append(host)
        return list(real("127.0.0.1" if len(asked) > 1 else "192.0.2.1", port, type=socket.SOCK_STREAM))

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr("staycourse.adapters.channels.posting.is_public", lambda address: address == "192.0.2.1")
    reached: list[object] = []

    def connect(address: object, *rest: object, **more: object) -> socket.socket:
        reached.append(address)
        raise OSError("stop here")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(TransportFault):
        Poster(2, allow_private=False).post(f"http://rebinding.example:{hook.port}/", b"", {})
    assert reached == [("192.0.2.1", hook.port)] and len(asked) == 1


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "gopher://a.example", "http://",
     "//a.example", "http://user:pw-7141@a.example/", "http://a.example:99999/", "http://a.example/ b",
     "http://a.example/\r\nX: y",     "http://[::1", "http://" + "a" * 3000],
)  # fmt: skip
def test_what_is_no_url_is_permanent(hook: WebhookWorld, url: str) -> None:
    channel = open_channels(unpinned(hook), "c", {"S": WEBHOOK_SECRET}, hook.home, None, clock=CLOCK)["w"]
    with pytest.raises(TransportFault) as raised:
        channel.send(outgoing(url))
    assert raised.value.permanent and "7141" not in str(raised.value)


def test_the_operators_own_url_condemns_no_learner(tmp_path: Path) -> None:
    text = unpinned(WebhookWorld.__new__(WebhookWorld)) + 'url = "http://127.0.0.1:9/"\n'
    channel = open_channels(text, "c", {"S": WEBHOOK_SECRET}, tmp_path, None, clock=CLOCK)["w"]
    with pytest.raises(TransportFault) as raised:
        channel.send(outgoing("ann"))
    assert not raised.value.permanent and "allow_private" in str(raised.value)


def test_an_answer_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """A server that takes the request and keeps silent holds nobody longer than the timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TransportFault) as raised:
        Poster(0.2, allow_private=True).post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"x", {})
    assert not raised.value.permanent
    assert str(raised.value.what) == "did not answer within 0.2 seconds"
    assert translator("zh-CN").told(raised.value.what) == "在 0.2 秒内没有回应"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "closed the connection without an answer"),
        (b"220 mail.example ESMTP\r\n", "answered what is no HTTP"),
        (b"HTTP/1.1 2", "did not answer within 0.4 seconds"),
    ],
)
def test_how_a_receiver_failed_to_answer_is_told_in_plain_words(answer: bytes, told: str) -> None:
    """It was told by the name of a class: RemoteDisconnected, also of one that was merely slow."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4_000)
                connection.sendall(answer)
                if told.startswith("did not"):
                    time.sleep(1)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(TransportFault) as raised:
            Poster(0.4, allow_private=True).post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"x", {})
        thread.join()
    assert str(raised.value.what) == told
    assert translator("zh-CN").told(told) != told


@given(number=st.integers(0, 2**32 - 1))
def test_an_address_wrapped_in_ipv6_is_judged_by_what_it_wraps(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    assert is_public(f"::ffff:{plain}") is is_public(str(plain))
    assert is_public(str(ipaddress.IPv6Address((0x64FF9B << 96) | number))) is is_public(str(plain))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_apprise_condemns_an_address_only_when_it_is_gone(service: AppriseWorld, status: int) -> None:
    service.statuses["ok"] = status
    found = fault(service)
    assert not found.permanent and f"answered {status}" in str(found)


def test_health_says_that_apprise_tells_only_whether_a_message_was_taken(service: AppriseWorld) -> None:
    told = service.channel().health()
    assert told.state == "ok" and "given up only where it answers 410" in told.detail
    assert "试发" in translator("zh-CN").told(told.detail)
    text, group = '[[channels]]\nname = "it"\nkind = "apprise"\nurl_env = "URL"\n', {"URL": "json://127.0.0.1:9/group"}
    robot = open_channels(text, "channels.toml", group, service.home, service.keeper(), clock=CLOCK)["it"]
    assert "never whom it reached" in robot.health().detail


@pytest.mark.parametrize(
    ("line", "told"),
    [("Failed to send Twilio notification to 1: invalid To, error=21211.", "answered 21211"),
     ("Failed to send JSON POST notification: error=503.", "answered 503"), ("A Connection error", "did not take")],
)  # fmt: skip
def test_what_a_service_answered_is_told(service: AppriseWorld, line: str, told: str) -> None:
    made: Any = service.channel()
    found = made._fault("twilio://{address}", SimpleNamespace(service_name="Twilio"), [line])
    assert told in str(found) and not found.permanent


@pytest.mark.parametrize(
    "address",
    ["1555,1666", "1555 1666", "1555/../../admin", "1555?to=1666", "1555#x", "a%2Fb", "..", ".", "", "a\nb", "1;2",
     "x@evil.example/", "{key}", "a&b=c", "\u202ea"],
)  # fmt: skip
def test_a_hostile_address_cannot_change_the_url(service: AppriseWorld, address: str) -> None:
    assert fault(service, address).permanent and service.requests == []


@given(address=st.text(max_size=40), key=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_whatever_is_filled_in_stays_in_its_place(address: str, key: str) -> None:
    address = address.encode("utf-8", "replace").decode()
    filled = _filled("sms://token@host/{address}?k={key}", address, key)
    assert filled.startswith("sms://token@host/") and filled.count("/") == 3 and filled.count("?") == 1
    assert filled.count("&") == filled.count("#") == 0 and filled.isascii()


def test_the_short_wording_is_sent_where_there_is_one(service: AppriseWorld) -> None:
    service.channel().send(outgoing(service.address, data={"short": "Brief"}))
    service.channel(more='content = "text"').send(outgoing(service.address, data={"short": "Brief"}))
    assert [seen.text for seen in service.seen()] == ["Brief", "Hello Ann,\n\nyour next lesson is ready."]


@pytest.mark.parametrize(
    ("url", "service_name"),
    [
        ("wecombot://0a1b2c3d-0000-1111-2222-333344445555", "WeCom Bot"),
        ("dingtalk://a1b2c3d4e5f6/13800000000", "DingTalk"),
        ("feishu://0a1b2c3d-0000-1111-2222-333344445555", "Feishu"),
        ("lark://0a1b2c3d-0000-1111-2222-333344445555", "Lark (Feishu)"),
        ("twilio://AC" + "0" * 32 + ":" + "1" * 32 + "@15550100100/15550100123", "Twilio"),
    ],
)
def test_apprise_understands_the_services_that_are_named_in_the_documentation(url: str, service_name: str) -> None:
    made = apprise.Apprise.instantiate(url)
    assert made is not None and str(made.service_name) == service_name


def test_a_push_service_that_is_private_is_refused_unless_allowed(push: PushWorld) -> None:
    text = '[[channels]]\nname="p"\nkind="webpush"\nprivate_key_env="K"\ncontact="mailto:a@b.example"\n'
    channel = open_channels(text, "c", {"K": push.secret}, push.home, None, clock=CLOCK)["p"]
    with pytest.raises(TransportFault) as raised:
        channel.send(outgoing(push.address))
    assert raised.value.permanent and push.requests == []


def test_the_tools_of_these_tests_tell_when_nothing_arrives() -> None:
    server = http_server(lambda path, headers, body: (204, {}))
    assert Poster(5, allow_private=True).post(f"http://127.0.0.1:{server.server_address[1]}/", b"", {}).status == 204
    server.shutdown()
    server.server_close()
