"""Messages through Apprise (https://github.com/caronc/apprise, BSD-2-Clause): one URL names the service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from staycourse.adapters.channels.configuration import AppriseSettings
from staycourse.adapters.channels.hygiene import clean_text, one_line, plain_key
from staycourse.adapters.channels.secrets import Secret
from staycourse.care import ChannelHealth, Outgoing, Receipt, TransportFault
from staycourse.kernel import worded

if TYPE_CHECKING:
    from apprise import NotifyBase

_ADDRESS = re.compile(r"[\w+@:=~-][\w+@.:=~-]{0,499}")
"""What an address may hold. Everything is percent-encoded besides; but Apprise's plugins decode, and some then split
at commas, blanks and slashes, so that those could name a second recipient.
"""
_STATUS = re.compile(r"error=(\d{3,6})\b")
"""What tells of an answer in Apprise's log: a status of HTTP, or a number of the service's own (Twilio: 5 digits)."""
_SAMPLE = "15550100100"


class AppriseChannel:
    """Sends through the service that the operator's URL names.

    `{address}` and `{key}` in the URL become the message's. Apprise tells only that a send failed, in its log the
    status: 410 with an `{address}` in the URL is permanent, all else temporary, since a wrong token answers 4xx too.
    """

    kind = "apprise"

    def __init__(self, settings: AppriseSettings, url: Secret) -> None:
        self.name = settings.name
        self._short = settings.content == "short"
        self._url = url

    def send(self, message: Outgoing) -> Receipt:
        """Hand `message` to the service; a TransportFault in words of our own, since Apprise's may hold the URL."""
        from apprise import Apprise, NotifyFormat, NotifyType

        pattern = self._url.value()
        if "{address}" in pattern and not _ADDRESS.fullmatch(message.address):
            raise TransportFault("is no address that the service can be given", where="the address", permanent=True)
        service = _service(_filled(pattern, message.address, message.key))
        if service is None:
            raise _refusal(pattern, self._url.name)
        said: list[str] = []
        taken = Apprise(asset=service.asset)
        taken.add(service)
        text = message.data.get("short") if self._short else None
        try:
            done = taken.notify(
                body=clean_text(text or message.text) or " ", title=one_line(message.subject, 250),
                notify_type=NotifyType.INFO, body_format=NotifyFormat.TEXT,
                log_callback=lambda entry, _service: said.append(entry.message),
            )  # fmt: skip
        except Exception as error:  # a plugin may raise anything
            raise TransportFault(
                worded("the service failed ({kind})", kind=type(error).__name__), where=self.name
            ) from None
        if not done:
            raise self._fault(pattern, service, said)
        return Receipt(plain_key(message.key))

    def health(self) -> ChannelHealth:
        """Say whether Apprise understands the URL. No service can be asked more without sending."""
        try:
            service = _service(_filled(self._url.value(), _SAMPLE, "health"))
        except TransportFault as fault:
            return ChannelHealth("bad", fault.line())
        if service is None:
            return ChannelHealth("bad", worded("{name}: Apprise does not understand this URL", name=self._url.name))
        # Apprise answers yes or no, and nobody may take a yes for a delivery.
        told = worded(
            "{service}: the URL is understood, only a test-send shows more. It tells only whether it took a message: a"
            " refusal is tried again, and an address is given up only where it answers 410",
            service=service.service_name,
        ) if "{address}" in self._url.value() else worded(
            "{service}: the URL is understood, only a test-send shows more. It tells only whether it took a message,"
            " never whom it reached: a refusal is tried again",
            service=service.service_name,
        )  # fmt: skip
        return ChannelHealth("ok", told)

    def _fault(self, pattern: str, service: NotifyBase, said: list[str]) -> TransportFault:
        statuses = [match[1] for line in said for match in _STATUS.finditer(line)]
        told = worded("answered {status}", status=statuses[-1]) if statuses else "did not take the message"
        gone = statuses[-1:] == ["410"] and "{address}" in pattern
        return TransportFault(told, where=f"{self.name} ({service.service_name})", permanent=gone)


def _filled(pattern: str, address: str, key: str) -> str:
    """Put a message's address and key into the URL, in one pass, so that neither can name the other's place."""
    values = {"{address}": quote(address, safe=""), "{key}": quote(plain_key(key), safe="")}
    return re.sub(r"\{address\}|\{key\}", lambda match: values[match[0]], pattern)


def _service(url: str) -> NotifyBase | None:
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="staycourse", app_desc="staycourse", async_mode=False, secure_logging=True, http_redirects=False,
        interpret_escapes=False, allow_templates=False,
    )  # fmt: skip
    return Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


def _refusal(pattern: str, variable: str) -> TransportFault:
    """Say whether the URL itself or this address is what Apprise does not understand."""
    if _service(_filled(pattern, _SAMPLE, "sample")) is None:
        return TransportFault(
            "Apprise does not understand this URL", where=variable, mend="see docs/channels.md for examples"
        )
    return TransportFault("the service cannot use this address", where="the address", permanent=True)
