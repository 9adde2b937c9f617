"""The in-app inbox as JSON, and the registration of browsers for web push."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request

from staycourse.kernel import BadInput
from staycourse.web.public.pages import SAID
from staycourse.web.public.reading import Reader
from staycourse.web.public.shield import body_of


class InboxMessage(BaseModel):
    """One message. `link` is where it leads, "" nowhere; `read` when it was read, null before."""

    key: str
    subject: str
    text: str
    link: str
    at: datetime
    read: datetime | None


class Inbox(BaseModel):
    """The newest messages, newest first, and how many of them are unread."""

    messages: list[InboxMessage]
    unread: int


class Done(BaseModel):
    """Whether anything changed: doing it twice changes nothing."""

    done: bool


SUBSCRIPTION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {
            "type": "object", "required": ["endpoint", "keys"],
            "properties": {
                "endpoint": {"type": "string"},
                "keys": {"type": "object", "required": ["p256dh", "auth"],
                         "properties": {"p256dh": {"type": "string"}, "auth": {"type": "string"}}},
            },
        }}},
    }
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InboxRoutes:
    """Answers `/inbox/{token}` and `/push/{token}`."""

    reader: Reader

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter()
        router.add_api_route("/inbox/{token}", self.messages, methods=["GET"], responses=SAID, summary="The inbox")
        router.add_api_route("/inbox/{token}/{key}/read", self.read, methods=["POST"], responses=SAID,
                             summary="Note that a message was read")  # fmt: skip
        router.add_api_route("/push/{token}", self.subscribe, methods=["POST"], responses=SAID,
                             summary="Keep a browser's subscription", openapi_extra=SUBSCRIPTION)  # fmt: skip
        return router

    def messages(self, request: Request, token: str) -> Inbox:
        """Return the learner's newest messages."""
        found = self.reader.token(request, token, "inbox")
        rows = self.reader.hearing.care.inbox.read(found.tenant, found.learner)
        messages = [
            InboxMessage(key=row["key"], subject=row["subject"], text=row["text"], link=_safe(row["data"].get("link")),
                         at=row["at"], read=row["read"])
            for row in rows
        ]  # fmt: skip
        return Inbox(messages=messages, unread=sum(message.read is None for message in messages))

    def read(self, request: Request, token: str, key: str) -> Done:
        """Note that a message was read."""
        found = self.reader.token(request, token, "inbox")
        care, now = self.reader.hearing.care, self.reader.clock.now()
        known = "\0" not in key and care.inbox.mark_read(found.tenant, found.learner, key, now)
        return Done(done=known)

    def subscribe(self, request: Request, token: str, body: Annotated[bytes, Depends(body_of)]) -> Done:
        """Keep what the browser's PushSubscription.toJSON() gave as an address of the learner."""
        found = self.reader.token(request, token, "push")
        self.reader.hearing.subscribe(found.tenant, found.learner, _subscription(body))
        return Done(done=True)


def _subscription(body: bytes) -> str:
    """Return the subscription in one form, so that the same browser is the same address."""
    try:
        given = msgspec.json.decode(body, type=_Subscription)
        if given.endpoint.startswith("https://") and given.endpoint.isprintable():
            return msgspec.json.encode(given, order="sorted").decode()
        raise ValueError
    except (msgspec.MsgspecError, ValueError):
        raise BadInput("not a push subscription", where="body", mend="send PushSubscription.toJSON()") from None


class _Keys(msgspec.Struct):
    auth: str
    p256dh: str


class _Subscription(msgspec.Struct):
    endpoint: str
    keys: _Keys


def _safe(link: object) -> str:
    return link if isinstance(link, str) and link.startswith(("https://", "http://")) else ""
