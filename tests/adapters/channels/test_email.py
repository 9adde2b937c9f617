"""Mail as the other side sees it: headers, security, who is to blame for a refusal."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from channel_worlds import CLOCK, MAIL_SETTINGS, PASSWORD, EmailWorld, Sink, outgoing
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.channels.email import compose, key_of_message_id, message_id
from staycourse.adapters.channels.email.transport import is_permanent
from staycourse.care import TransportFault

HEADERS = {
    b"from", b"to", b"subject", b"date", b"message-id", b"x-staycourse-key", b"auto-submitted", b"content-language",
    b"mime-version", b"content-type", b"content-transfer-encoding",
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[EmailWorld]:
    made = EmailWorld(tmp_path)
    yield made
    made.close()


def sent(world: EmailWorld, **changes: object) -> EmailMessage:
    world.channel(more='from_name = "Riverside, School"\nreply_to = "help@school.example"\n'
                       'bounces_to = "bounces@school.example"').send(outgoing(world.address, **changes))  # fmt: skip
    mail: EmailMessage = world.seen()[-1].extra["mail"]
    return mail


def test_a_care_mail_carries_what_good_mail_carries(world: EmailWorld) -> None:
    url = "https://school.example/u?t=a,b<c>"
    mail = sent(world, html="<p>Hello <b>Ann</b></p>", unsubscribe_url=url, subject="你好，安娜", text="课程在等你。")
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["From"] == '"Riverside, School" <care@school.example>' and mail["To"] == "ann@learner.example"
    assert mail["List-Unsubscribe"] == "<https://school.example/u?t=a,b%3Cc%3E>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert (mail["Subject"], mail["Reply-To"]) == ("你好，安娜", "help@school.example")
    assert mail["Date"] == "Mon, 02 Mar 2026 09:30:00 +0000" and mail["Content-Language"] == "en"
    assert world.mails[0][0] == "bounces@school.example", "bounces go to the envelope's sender"
    assert world.mails[0][2].isascii(), "any server can carry it"
    assert max(len(line) for line in world.mails[0][2].split(b"\r\n")) <= 998


def test_a_receipt_has_nothing_to_unsubscribe_from(world: EmailWorld) -> None:
    mail = sent(world)
    assert mail["List-Unsubscribe"] is None and mail["Precedence"] is None and not mail.is_multipart()


def test_the_receipt_is_the_message_id_and_gives_the_key_back(world: EmailWorld) -> None:
    receipt = world.channel().send(outgoing(world.address, key="main:run-7:s:1"))
    assert receipt.provider_id == world.seen()[0].key
    assert key_of_message_id(receipt.provider_id) == "main:run-7:s:1"
    assert world.seen()[0].extra["mail"]["X-Staycourse-Key"] == "main:run-7:s:1"


@given(key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=25))
def test_any_short_key_can_be_read_back_from_its_message_id(key: str) -> None:
    made = message_id(key, "care@school.example")
    assert key_of_message_id(made) == key and made.isascii() and " " not in made


@given(key=st.text(max_size=3000), subject=st.text(max_size=300), text=st.text(max_size=300))
def test_no_words_break_out_of_a_mail(key: str, subject: str, text: str) -> None:
    raw = bytes(compose(outgoing("a@b.example", key=key, subject=subject, text=text), MAIL_SETTINGS, CLOCK.now()))
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert len(names) == len(set(names)) and set(names) <= HEADERS and raw.isascii()


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@b.example", "a@b.example,c@d.example", "a@b.example c@d.example", "Ann <a@b.example>",
     "a@b.example\r\nBcc: c@d.example", "a@b.example\x00", "a;b@c.example", "(x)a@b.example", "a@@b.example",
     "x" * 250 + "@b.example", '"a b"@c.example'],
)  # fmt: skip
def test_what_is_no_address_is_permanent_and_never_reaches_the_server(world: EmailWorld, address: str) -> None:
    with pytest.raises(TransportFault) as raised:
        world.channel().send(outgoing(address))
    assert raised.value.permanent and world.mails == []


@pytest.mark.parametrize("address", ["li@例子.example", "用户@learner.example"])
def test_addresses_beyond_ascii_are_sent_where_the_server_can(world: EmailWorld, address: str) -> None:
    world.channel().send(outgoing(address))
    name, _, host = address.partition("@")
    assert world.mails[0][1] == [f"{name}@{host.encode('idna').decode()}"]


@pytest.mark.parametrize(
    ("code", "text", "permanent"),
    [
        (550, "5.1.1 no such user", True),
        (550, "no such user", True),
        (553, "mailbox name not allowed", True),
        (550, "5.2.1 mailbox disabled", True),
        (554, "5.0.0 rejected", True),
        (552, "5.2.2 mailbox full", False),
        (552, "quota", False),
        (550, "5.7.1 relaying denied", False),
        (550, "5.7.26 not authenticated by SPF", False),
        (530, "authentication required", False),
        (450, "4.2.0 greylisted", False),
        (421, "too many connections", False),
    ],
)
def test_only_what_condemns_the_address_is_permanent(code: int, text: str, permanent: bool, world: EmailWorld) -> None:
    assert is_permanent(code, text) is permanent
    world.mode, world.refusals = "permanent", {"permanent": f"{code} {text}"}
    with pytest.raises(TransportFault) as raised:
        world.channel().send(outgoing(world.address))
    assert raised.value.permanent is permanent and str(code) in str(raised.value)


def test_a_refused_message_does_not_condemn_the_address(world: EmailWorld) -> None:
    world.mode = "unwelcome"
    with pytest.raises(TransportFault) as raised:
        world.channel().send(outgoing(world.address))
    assert not raised.value.permanent and "554" in str(raised.value)


def test_a_server_without_starttls_is_never_spoken_to_openly(world: EmailWorld) -> None:
    channel = world.channel()
    secure = world.toml(world.port).replace('"none"', '"starttls"')
    world.toml = lambda port: secure  # type: ignore[method-assign]
    with pytest.raises(TransportFault) as raised:
        world.channel().send(outgoing(world.address))
    assert not raised.value.permanent and world.mails == []
    assert world.channel().health().state == "bad" and channel.health().state == "ok"


class Guarded(EmailWorld):
    """A server with a certificate of its own, TLS and a login."""

    def __init__(self, home: Path, security: str) -> None:
        self.security = security
        super().__init__(home)
        self.sink.stop()
        context, self.authority = certificate(home)
        login: dict[str, Any] = {"authenticator": self._login, "hostname": "127.0.0.1", "port": 0}
        login |= (
            {"ssl_context": context, "auth_require_tls": False}
            if security == "tls"
            else {"tls_context": context, "require_starttls": True, "auth_required": True}
        )
        self.sink = Sink(self, **login)
        self.sink.start()

    def _login(self, server: object, session: object, envelope: object, mechanism: str, data: object) -> object:
        from aiosmtpd.smtp import AuthResult, LoginPassword

        assert isinstance(data, LoginPassword)
        right = data.login == b"care" and data.password == PASSWORD.encode()
        return AuthResult(success=right, handled=right)

    def toml(self, port: int) -> str:
        opened = super().toml(port).replace('"none"', f'"{self.security}"')
        return f'{opened}\nca_file = "{self.authority}"\nusername = "care"\npassword_env = "THE_SECRET"'


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_and_login(tmp_path: Path, security: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = Guarded(tmp_path, security)
    try:
        assert world.channel().health().state == "ok"
        world.channel().send(outgoing(world.address))
        assert len(world.seen()) == 1
        monkeypatch.setattr(world, "secret", "wrong-7141")
        with pytest.raises(TransportFault) as raised:
            world.channel().send(outgoing(world.address))
        assert (
            "login was refused (535)" in str(raised.value)
            and "password_env" in str(raised.value)
            and "7141" not in str(raised.value)
        )
        assert not raised.value.permanent
        monkeypatch.setattr(world, "authority", "")
        assert "certificate is not trusted" in world.channel().health().detail
    finally:
        world.close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for 127.0.0.1, and the context that serves it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    authority = folder / "authority.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return context, authority
