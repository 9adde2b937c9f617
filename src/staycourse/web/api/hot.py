"""A hot route: one ASGI function around what a door does, with the key, the body, the errors and nothing between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from staycourse.kernel import StaycourseError, translator
from staycourse.web.api.access import Access
from staycourse.web.api.body import MOST_BODY, Gone, read_body
from staycourse.web.api.parts import Parts
from staycourse.web.api.problems import HEADERS, WrongMethod, asked_language, failure, hardened, refusal

_JSON: Final = [(b"content-type", b"application/json"), *((n.encode(), v.encode()) for n, v in HEADERS.items())]
_encoder: Final = msgspec.json.Encoder()


_SAYS_NOTHING: Final[list[tuple[bytes, bytes]]] = []
_WORDS: Final = ("detail", "message")
_LISTED: Final = {"rejected": ("what", "mend"), "unused": ("why",)}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as a hot door sees it."""

    access: Access
    headers: Mapping[str, str]
    body: bytes


Work = Callable[[Asked], Awaitable[tuple[int, Any]]]
"""What a door does: from a request to a status and what is answered as JSON."""

KeyOf = Callable[[bytes], str]
"""Reads the key's text from the body of a request that has no Authorization header."""

Refuse = Callable[[StaycourseError], Any]


@dataclass(frozen=True, slots=True)
class HotRoute:
    """An ASGI app that answers POST by `work` for keys of `scope`; what it does not take is noted as of `door`."""

    parts: Parts
    door: str
    scope: str
    work: Work
    key_of: KeyOf | None = None
    most: int = MOST_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] != "POST":
                raise WrongMethod(scope["method"], ["POST"])
            asked = Headers(raw=scope["headers"])
            status, answer = await self._answer(asked, receive)
            wordy = getattr(answer, "rejected", None) or getattr(answer, "unused", None)
            language = _in_language(answer, asked) if wordy else _SAYS_NOTHING
            content = _encoder.encode(answer)
            length = (b"content-length", str(len(content)).encode())
            await send({"type": "http.response.start", "status": status, "headers": [length, *_JSON, *language]})
            await send({"type": "http.response.body", "body": content})
            return
        except StaycourseError as error:
            response = refusal(error, Headers(raw=scope["headers"]))
        except Gone:
            return
        except Exception as error:
            response = failure(scope["path"], error, Headers(raw=scope["headers"]))
        response.raw_headers = hardened(response.raw_headers)
        await response(scope, receive, send)

    async def _answer(self, headers: Headers, receive: Receive) -> tuple[int, Any]:
        keeper = self.parts.doorkeeper
        self.parts.intake.check_room()
        with self.parts.intake.room() as hold:
            if self.key_of is None or "authorization" in headers:
                access = await keeper.admitted(headers, self.scope)
                with self.parts.noting(access, self.door):
                    body = await read_body(headers, receive, hold, self.most)
            else:
                body = await read_body(headers, receive, hold, self.most)
                access = await keeper.admitted_key(self.key_of(body), self.scope)
            with self.parts.noting(access, self.door):
                status, answer = await self.work(Asked(access, headers, body))
        if rejected := getattr(answer, "rejected", None):
            self.parts.intake.rejections.note(access.tenant, self.door, access.key, rejected)
        return status, answer


def _in_language(answer: Any, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Say what was refused or not used, and why, in the language that is asked for; return the headers that tell it."""
    language = asked_language(headers)
    told = translator(language).told
    for listed, words in _LISTED.items():
        for one in getattr(answer, listed, ()):
            for word in words:
                setattr(one, word, str(told(getattr(one, word))))
    for name in _WORDS:
        if hasattr(answer, name):
            setattr(answer, name, str(told(getattr(answer, name))))
    return [(b"content-language", language.encode()), (b"vary", b"accept-language")]
