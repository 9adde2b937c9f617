"""Handing mail to an SMTP server (RFC 5321, RFC 6409), one connection a message."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from staycourse.adapters.channels.configuration import EmailSettings
from staycourse.adapters.channels.email.message import compose
from staycourse.adapters.channels.hygiene import one_line
from staycourse.adapters.channels.secrets import Secret
from staycourse.care import ChannelHealth, Outgoing, Receipt, TransportFault
from staycourse.kernel import Clock, as_wording, worded

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class EmailChannel:
    """Sends each message as mail; the Message-ID is its key's, so that a second attempt is the same mail."""

    kind = "email"

    def __init__(self, settings: EmailSettings, password: Secret | None, clock: Clock) -> None:
        self.name = settings.name
        self._settings = settings
        self._password = password
        self._clock = clock

    def send(self, message: Outgoing) -> Receipt:
        """Hand `message` over. An address that the server refuses for good is a permanent fault; all else temporary."""
        mail = compose(message, self._settings, self._clock.now())
        sender = self._settings.bounces_to or self._settings.sender
        try:
            with self._connected() as server:
                server.send_message(mail, from_addr=sender, to_addrs=[mail["To"].addresses[0].addr_spec])
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            text = _text(said)
            raise TransportFault(
                worded(
                    "the server refused the address: {code} {text}", code=code, text=_without(text, message.address)
                ),
                where=self._place,
                permanent=is_permanent(code, text),
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise self._fault(error, message.address) from None
        return Receipt(str(mail["Message-ID"]))

    def health(self) -> ChannelHealth:
        """Connect, secure, log in and leave again."""
        try:
            with self._connected() as server:
                server.noop()
        except TransportFault as fault:
            return ChannelHealth("bad", fault.line())
        except (smtplib.SMTPException, OSError) as error:
            return ChannelHealth("bad", str(self._fault(error)))
        return ChannelHealth(
            "ok", worded("{place} answers, {security}", place=self._place, security=self._settings.security)
        )

    @property
    def _place(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._settings.ca_file or None)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        at, timeout = self._settings, self._settings.timeout_seconds
        name = at.sender.rpartition("@")[2]
        server = (
            smtplib.SMTP_SSL(at.host, at.port, local_hostname=name, timeout=timeout, context=self._tls)
            if at.security == "tls"
            else smtplib.SMTP(at.host, at.port, local_hostname=name, timeout=timeout)
        )
        with server:
            server.ehlo_or_helo_if_needed()
            if at.security == "starttls":
                server.starttls(context=self._tls)  # refused if the server has none: nothing is ever sent openly
            if self._password is not None:
                self._log_in(server, self._password.value())
            yield server

    def _log_in(self, server: smtplib.SMTP, password: str) -> None:
        try:
            server.login(self._settings.username, password)
        except smtplib.SMTPServerDisconnected:  # some servers hang up rather than refuse
            raise TransportFault("the server hung up at the login", where=self._place,
                                 mend="check username and password_env") from None  # fmt: skip

    def _fault(self, error: smtplib.SMTPException | OSError, address: str = "") -> TransportFault:
        """Say what broke in one line, without the login's words or the address."""
        mend = "it is tried again"
        if isinstance(error, smtplib.SMTPNotSupportedError):
            # Only an address beyond ASCII can be to blame (SMTPUTF8); else it is STARTTLS or AUTH that is missing.
            beyond = not address.isascii()
            return TransportFault(one_line(str(error), 200), where=self._place, permanent=beyond,
                                  mend="" if beyond else "check security and username")  # fmt: skip
        if isinstance(error, smtplib.SMTPAuthenticationError):
            what, mend = (
                worded("the login was refused ({code})", code=error.smtp_code),
                "check username and password_env",
            )
        elif isinstance(error, smtplib.SMTPResponseException):
            what = worded(
                "the server refused the message: {code} {text}",
                code=error.smtp_code,
                text=_without(_text(error.smtp_error), address),
            )
        elif isinstance(error, ssl.SSLCertVerificationError):
            what, mend = (
                worded("its certificate is not trusted: {why}", why=as_wording(error.verify_message)),
                "check host and ca_file",
            )
        elif isinstance(error, smtplib.SMTPException):
            what = worded("the conversation broke off ({kind})", kind=type(error).__name__)
        else:
            what = worded("cannot be reached: {why}", why=as_wording(error.strerror or type(error).__name__))
        return TransportFault(one_line(what, 300), where=self._place, mend=mend)


def is_permanent(code: int, text: str) -> bool:
    """Say whether a refusal condemns the address itself: 5xx, unless its enhanced status blames something else.

    By RFC 3463 only 5.0, 5.1 (address) and 5.2 (mailbox) speak of the address, and 5.2.2 to 5.2.4 (full, too long,
    list trouble) pass. 5.7 (relaying, policy) and 530 or 535 (login) are the operator's to mend, 552 is a full mailbox.
    """
    match = _ENHANCED.search(text)
    if match:
        return match[1] == "5" and lasting_status(match[2], match[3])
    return 500 <= code < 600 and code not in (530, 535, 552)


def lasting_status(subject: str, detail: str) -> bool:
    """Say whether the enhanced status 5.`subject`.`detail` will be the same tomorrow."""
    return subject in ("0", "1") or (subject == "2" and detail not in ("2", "3", "4"))


def _text(said: bytes | str) -> str:
    return one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said, 200)


def _without(text: str, address: str) -> str:
    return text.replace(address, "the address") if address else text
