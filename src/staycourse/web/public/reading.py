"""Who asks, and with which link: read once for every route, the same refusal for every link that is none of ours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from starlette.requests import Request

from staycourse.app.care import Hearing, Links, Token
from staycourse.kernel import BadInput, Clock, NotFound, TooMany, preferred_language
from staycourse.web.limits import Limit


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads links. `strangers` counts bad ones by the asker's address, `links` good ones by the link itself.

    Good links are not counted by address: a mail provider asks for thousands of learners from one.
    """

    hearing: Hearing
    links: Links
    clock: Clock
    strangers: Limit = field(default_factory=lambda: Limit(30, 30))
    asked: Limit = field(default_factory=lambda: Limit(60, 60))

    def token(self, request: Request, text: str, *actions: str) -> Token:
        """Return the token of a link for one of `actions`; NotFound for any other, TooMany if asked too often."""
        asker = request.client.host if request.client else ""
        try:
            token = self.links.read(text, self.clock.now().date())
            if token.action not in actions:
                raise BadInput("for something else", where="token")
        except BadInput:
            if not self.strangers.take(asker):
                raise TooMany("asked too often", where="link", mend="wait a minute") from None
            raise NotFound("this link is not valid", where="link", mend="open the newest message again") from None
        if not self.asked.take(hashlib.sha256(text.encode()).hexdigest()):
            raise TooMany("asked too often", where="link", mend="wait a minute")
        return token

    def language(self, request: Request, token: Token | None = None) -> str:
        """Return the learner's language, else what the browser asks for."""
        if token is not None:
            known = self.hearing.care.home.store.learner(token.tenant, token.learner)
            if known is not None and known.language:
                return preferred_language(known.language)
        return preferred_language(request.headers.get("accept-language", ""))
