"""Providers to send to, one for each kind of channel: real servers here that remember what they were given."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from staycourse.adapters.channels import fresh_keys, open_channels
from staycourse.adapters.channels.configuration import EmailSettings
from staycourse.care import Channel, Outgoing
from staycourse.kernel import StorageFault, read_settings

NOW = "2026-03-02T09:30:00+00:00"
PASSWORD = "Secret-Horse-7141"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, or so").decode()
CLOCK = read_settings({"STAYCOURSE_NOW": NOW}).clock

MAIL_SETTINGS = EmailSettings(name="e", host="h", sender="care@school.example", sender_name="School")


@dataclass
class Seen:
    """What a provider was given of one message: the key it saw, and the words, decoded."""

    key: str
    subject: str
    text: str
    extra: Mapping[str, Any] = field(default_factory=dict)


def outgoing(address: str, **changes: Any) -> Outgoing:
    plain: dict[str, Any] = {
        "key": "run-7:step-2:1", "tenant": "main", "learner": "ann", "address": address, "language": "en",
        "subject": "A lesson is ready", "text": "Hello Ann,\n\nyour next lesson is ready.", "purpose": "care",
    }  # fmt: skip
    return Outgoing(**(plain | changes))


@contextmanager
def closed_port() -> Iterator[int]:
    """Give a port that nobody listens on and nobody else gets meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


class World:
    """One kind's provider. `mode` says how it answers: ok, permanent, temporary."""

    kind = ""
    address = "ann"
    secret = PASSWORD

    def __init__(self, home: Path) -> None:
        self.home = home
        self.mode = "ok"

    def toml(self, port: int) -> str:
        raise NotImplementedError

    @property
    def port(self) -> int:
        return 0

    def environment(self, port: int) -> dict[str, str]:
        return {"THE_SECRET": self.secret}

    def channel(self, port: int | None = None, more: str = "") -> Channel:
        """Open the channel from a configuration, as an operator would."""
        chosen = self.port if port is None else port
        text = f'[[channels]]\nname = "it"\nkind = "{self.kind}"\n{self.toml(chosen)}\n{more}\n'
        return open_channels(
            text, "channels.toml", self.environment(chosen), self.home, self.keeper(), clock=CLOCK
        )["it"]  # fmt: skip

    def keeper(self) -> Keeper | None:
        return None

    def seen(self) -> list[Seen]:
        raise NotImplementedError

    def close(self) -> None:
        """Stop the provider."""


class HttpWorld(World):
    """A web server that takes POSTs."""

    answers: ClassVar[Mapping[str, int]] = {"ok": 200, "permanent": 410, "temporary": 503}

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.headers: dict[str, str] = {}
        self.statuses = dict(self.answers)
        self.server = http_server(self._answer)

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Mapping[str, str]]:
        self.requests.append((path, headers, body))
        return self.statuses[self.mode], self.headers

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def http_server(
    answer: Callable[[str, dict[str, str], bytes], tuple[int, Mapping[str, str]]],
) -> ThreadingHTTPServer:
    """Start a web server on a free port of the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, headers = answer(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


class WebhookWorld(HttpWorld):
    kind = "webhook"
    secret = WEBHOOK_SECRET

    @property
    def address(self) -> str:  # type: ignore[override]
        return f"http://127.0.0.1:{self.port}/take"

    def toml(self, port: int) -> str:
        return f'url = "http://127.0.0.1:{port}/take"\nsecret_env = "THE_SECRET"\nallow_private = true'

    def seen(self) -> list[Seen]:
        found = []
        for _, headers, body in self.requests:
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
            expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == f"v1,{expected}"
            assert not any("inject" in name for name in headers)
            data = json.loads(body)["data"]
            found.append(Seen(headers["webhook-id"], data["subject"], data["text"], data))
        return found


class PushWorld(HttpWorld):
    kind = "webpush"
    answers: ClassVar[Mapping[str, int]] = {"ok": 201, "permanent": 410, "temporary": 429}

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.browser = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"sixteen bytes ok"
        self.secret, self.public = fresh_keys()

    @property
    def address(self) -> str:  # type: ignore[override]
        return self.subscription(self.port)

    def subscription(self, port: int) -> str:
        point = self.browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {
            "p256dh": base64.urlsafe_b64encode(point).decode(),
            "auth": base64.urlsafe_b64encode(self.auth).decode(),
        }
        return json.dumps({"endpoint": f"http://127.0.0.1:{port}/push/abc", "expirationTime": None, "keys": keys})

    def toml(self, port: int) -> str:
        return 'private_key_env = "THE_SECRET"\ncontact = "mailto:ops@school.example"\nallow_private = true'

    def seen(self) -> list[Seen]:
        found = []
        for _, headers, body in self.requests:
            assert headers["content-encoding"] == "aes128gcm" and headers["ttl"].isdecimal()
            assert not any("inject" in name for name in headers)
            shown = json.loads(self.decrypted(body))
            assert shown["tag"] == headers["topic"] and len(headers["topic"]) <= 32
            found.append(Seen(headers["topic"], shown["title"], shown["body"], headers))
        return found

    def decrypted(self, body: bytes) -> bytes:
        """Decrypt as a browser does, by RFC 8188 and 8291, with HKDF written out (RFC 5869) rather than ours."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= 4096 and len(sealed) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        own = self.browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        agreed = _hkdf(self.auth, self.browser.exchange(ec.ECDH(), point), b"WebPush: info\0" + own + sender, 32)
        key = _hkdf(salt, agreed, b"Content-Encoding: aes128gcm\0", 16)
        plain = AESGCM(key).decrypt(_hkdf(salt, agreed, b"Content-Encoding: nonce\0", 12), sealed, None)
        return plain.rstrip(b"\0").removesuffix(b"\x02")

    def check_authorization(self, value: str) -> dict[str, Any]:
        """Check the JSON web token as a push service does, and return its claims."""
        parts = dict(part.split("=", 1) for part in value.removeprefix("vapid ").split(", "))
        assert parts["k"] == self.public
        head, claims, sealed = parts["t"].split(".")
        raw = _base64url(sealed)
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _base64url(parts["k"]))
        signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(signature, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        assert json.loads(_base64url(head)) == {"typ": "JWT", "alg": "ES256"}
        return dict(json.loads(_base64url(claims)))


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hkdf(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    extracted = hmac.new(salt, material, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()[:length]


class AppriseWorld(HttpWorld):
    kind = "apprise"
    address = "15550100123"

    def environment(self, port: int) -> dict[str, str]:
        url = f"json://user:{PASSWORD}@127.0.0.1:{port}/to/{{address}}?+Idempotency-Key={{key}}"
        return {"THE_SECRET": url}

    def toml(self, port: int) -> str:
        return 'url_env = "THE_SECRET"'

    def seen(self) -> list[Seen]:
        found = []
        for path, headers, body in self.requests:
            assert path == f"/to/{self.address}"
            assert not any("inject" in name for name in headers)
            given = json.loads(body)
            found.append(Seen(headers["idempotency-key"], given["title"], given["message"], headers))
        return found


class Sink(Controller):
    """An SMTP server on whichever port was free."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class EmailWorld(World):
    kind = "email"
    address = "ann@learner.example"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.refusals = {"permanent": "550 5.1.1 no such user", "temporary": "451 4.3.0 try later"}
        self.sink = Sink(self, hostname="127.0.0.1", port=0)
        self.sink.start()

    @property
    def port(self) -> int:
        return int(self.sink.port)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.mode in self.refusals:
            return self.refusals[self.mode]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.mode == "unwelcome":
            return "554 5.7.1 it looks like spam"
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.content)))
        return "250 taken"

    def toml(self, port: int) -> str:
        return f'host = "127.0.0.1"\nport = {port}\nsecurity = "none"\nfrom = "care@school.example"'

    def seen(self) -> list[Seen]:
        found = []
        for _, recipients, raw in self.mails:
            mail = message_from_bytes(raw, policy=modern)
            assert recipients == [self.address] and mail["Bcc"] is None and mail["X-Injected"] is None
            assert mail.defects == []
            plain = mail.get_body(("plain",))
            assert plain is not None
            text = plain.get_content().replace("\r\n", "\n").rstrip("\n")
            found.append(Seen(str(mail["Message-ID"]), str(mail["Subject"]), text, {"mail": mail}))
        return found

    def close(self) -> None:
        self.sink.stop()


class Keeper:
    """An inbox kept in SQLite, as the store keeps it: the same key a second time changes nothing."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.broken = False
        with self._opened() as opened:
            opened.execute("CREATE TABLE IF NOT EXISTS inbox (tenant, learner, key, subject, text, data, "
                           "PRIMARY KEY (tenant, key))")  # fmt: skip

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        opened = sqlite3.connect(self.place, timeout=30)
        try:
            with opened:
                yield opened
        finally:
            opened.close()

    def put(self, tenant: str, learner: str, key: str, subject: str, text: str, data: Mapping[str, str]) -> None:
        if self.broken:
            raise StorageFault("the disk is full", where="store.db")
        with self._opened() as opened:
            opened.execute(
                "INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, ?, ?, ?)",
                (tenant, learner, key, subject, text, json.dumps(dict(data))),
            )

    def rows(self) -> list[tuple[str, str, str]]:
        with self._opened() as opened:
            return opened.execute("SELECT key, subject, text FROM inbox ORDER BY rowid").fetchall()


class InboxWorld(World):
    kind = "inbox"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.kept = Keeper(home / "inbox.db")

    def toml(self, port: int) -> str:
        return ""

    def keeper(self) -> Keeper:
        return self.kept

    def seen(self) -> list[Seen]:
        return [Seen(*row) for row in self.kept.rows()]


class FileWorld(World):
    kind = "file"

    def toml(self, port: int) -> str:
        return ""

    def seen(self) -> list[Seen]:
        place = self.home / "outbox.jsonl"
        lines = place.read_bytes().split(b"\n")[:-1] if place.exists() else []
        return [Seen(one["key"], one["subject"], one["text"], one) for one in map(json.loads, lines)]


WORLDS: Mapping[str, type[World]] = {
    world.kind: world for world in (EmailWorld, AppriseWorld, PushWorld, WebhookWorld, InboxWorld, FileWorld)
}
