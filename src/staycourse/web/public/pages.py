"""The pages behind links: out of messages, what to receive, one answer, on to the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from staycourse.app.care import Token
from staycourse.kernel import BadInput
from staycourse.web.public.reading import Reader
from staycourse.web.public.rendering import Pages
from staycourse.web.public.shield import body_of

ONE_CLICK = (b"List-Unsubscribe", b"One-Click")
ACTIONS = ("unsubscribe", "preferences", "survey", "click", "open")
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A transparent GIF of one pixel."""

Body = Annotated[bytes, Depends(body_of)]
SAID: dict[int | str, dict[str, Any]] = {
    404: {"description": "The link is none of ours."},
    422: {"description": "What was sent is not of the form."},
    429: {"description": "Asked too often."},
}


@dataclass(frozen=True, slots=True)
class LinkPages:
    """Answers `/l/{token}`."""

    reader: Reader
    pages: Pages

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter()
        router.add_api_route("/l/{token}", self.shown, methods=["GET"], responses=SAID, summary="Follow a link")
        form: dict[str, Any] = {"requestBody": {"content": {"application/x-www-form-urlencoded": {}}}}
        router.add_api_route(
            "/l/{token}", self.posted, methods=["POST"], responses=SAID, summary="Act on a link", openapi_extra=form
        )
        return router

    def shown(self, request: Request, token: str) -> Response:
        """Show what the link is for. Scanners follow links: only a click on to the platform is noted by this."""
        found = self.reader.token(request, token, *ACTIONS)
        match found.action:
            case "unsubscribe":
                return self._page(request, found, "unsubscribe.html", channel=self._channel(request, found),
                                  preferences=self._preferences(found))  # fmt: skip
            case "preferences":
                return self._choices(request, found)
            case "survey":
                return self._survey(request, found)
            case "open":
                self.reader.hearing.touched(found.tenant, found.learner, found.key, "contact_opened")
                return Response(PIXEL, media_type="image/gif")
            case _:
                return self._onward(request, found)

    def posted(self, request: Request, token: str, body: Body) -> Response:
        """Do what the link is for: RFC 8058's one click, the choices, the answer."""
        found = self.reader.token(request, token, "unsubscribe", "preferences", "survey")
        if found.action == "unsubscribe":
            return self._unsubscribed(request, found, body)
        given = _form(body)
        if found.action == "survey":
            return self._answered(request, found, given)
        wanted = set(given.get("wish", ()))
        hearing = self.reader.hearing
        wishes = hearing.wishes(found.tenant, found.learner)
        chosen = {(wish.channel, wish.purpose): f"{wish.channel}:{wish.purpose}" in wanted for wish in wishes}
        hearing.choose(found.tenant, found.learner, chosen)
        return self._choices(request, found, saved=True)

    def _unsubscribed(self, request: Request, found: Token, body: bytes) -> Response:
        """RFC 8058, 3.2: the form may be urlencoded or multipart, and the answer may be no redirect."""
        if not all(word in body for word in ONE_CLICK):
            raise BadInput("not RFC 8058's form", where="body", mend="post List-Unsubscribe=One-Click")
        self.reader.hearing.unsubscribe(found.tenant, found.learner, found.detail, said=found.key)
        return self._page(request, found, "unsubscribed.html", channel=self._channel(request, found),
                          preferences=self._preferences(found))  # fmt: skip

    def _choices(self, request: Request, found: Token, *, saved: bool = False) -> Response:
        hearing = self.reader.hearing
        wishes: dict[tuple[str, str], dict[str, bool]] = {}
        for wish in hearing.wishes(found.tenant, found.learner):
            wishes.setdefault((wish.channel, wish.kind), {})[wish.purpose] = wish.granted
        closed = hearing.person(found.tenant, found.learner).consent is False
        return self._page(request, found, "preferences.html", wishes=wishes, saved=saved, closed=closed)

    def _survey(self, request: Request, found: Token) -> Response:
        given = self.reader.hearing.answered(found.tenant, found.learner, found.key)
        return self._page(request, found, "survey.html", given=given, question=found.detail)

    def _answered(self, request: Request, found: Token, given: Mapping[str, list[str]]) -> Response:
        told = given.get("answer", [""])[0]
        if told not in {str(number) for number in range(11)}:
            raise BadInput("an answer is a whole number from 0 to 10", where="answer", mend="choose one of them")
        self.reader.hearing.answer(found.tenant, found.learner, found.key, found.detail, int(told))
        return RedirectResponse(request.url.path, 303)

    def _onward(self, request: Request, found: Token) -> Response:
        """Lead on, and only to an address that the policy in force names: this is no open redirect."""
        links = self.reader.hearing.care.home.policy(found.tenant).care.links
        target = found.detail if found.detail in links.values() else links.get("home", "")
        if not target:
            return self.pages.message(self.reader.language(request, found), "gone", 404)
        if request.headers.get("sec-purpose", "").partition(";")[0] != "prefetch":
            self.reader.hearing.touched(found.tenant, found.learner, found.key, "contact_clicked")
        return RedirectResponse(target, 302)

    def _page(self, request: Request, found: Token, template: str, **values: Any) -> Response:
        return self.pages.page(self.reader.language(request, found), template, **values)

    def _channel(self, request: Request, found: Token) -> str:
        """Return the kind of the channel that the link is about, "" for any."""
        channel = self.reader.hearing.care.channels.get(found.detail)
        return channel.kind if channel else ""

    def _preferences(self, found: Token) -> str:
        return self.reader.links.sign(replace(found, action="preferences", detail=""))


def _form(body: bytes) -> Mapping[str, list[str]]:
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise BadInput("too many fields", where="body", mend="send those of the page") from None
