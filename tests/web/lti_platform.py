"""A learning platform that plays its part for real: its own key, its keys' address on the loopback, its id tokens."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTRUCTOR, LEARNER = f"{MEMBERSHIP}#Instructor", f"{MEMBERSHIP}#Learner"
ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"


def fresh_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)


KEY, OTHER_KEY = fresh_key(), fresh_key()


@dataclass
class PlayedPlatform:
    """One platform at `base`. `keys` is what its keys' address answers; `claims` overrides what tokens say."""

    base: str
    now: Callable[[], float]
    client_id: str = "tool-1"
    key: RSAKey = field(default_factory=lambda: KEY)
    keys: bytes = b""
    status: int = 200
    moved: str = ""
    asked: int = 0
    claims: dict[str, Any] = field(default_factory=dict)
    tool: str = ""
    posts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = json.dumps(KeySet([self.key]).as_dict(private=False)).encode()

    @property
    def keys_url(self) -> str:
        return f"{self.base}/keys"

    def token(self, question: Mapping[str, str], *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """Sign what the platform says to a question of the tool; a claim given as None is left out."""
        told = self.said(question) | self.claims | claims
        told = {name: value for name, value in told.items() if value is not None}
        head = {"alg": "RS256", "kid": self.key.kid, "typ": "JWT"} | dict(header or {})
        return jwt.encode(head, told, self.key)

    def said(self, question: Mapping[str, str]) -> dict[str, Any]:
        """Return the claims of an honest platform."""
        now = int(self.now())
        return {
            "iss": self.base, "aud": question["client_id"], "sub": "42", "exp": now + 300, "iat": now,
            "nonce": question["nonce"], "name": "王老师", "azp": question["client_id"],
            LTI + "message_type": "LtiResourceLinkRequest", LTI + "version": "1.3.0", LTI + "deployment_id": "1",
            LTI + "target_link_uri": "https://console.example.org/", LTI + "resource_link": {"id": "link-1"},
            LTI + "roles": [INSTRUCTOR],
            LTI + "context": {"id": "ENG-1", "label": "eng", "title": "English"},
        }  # fmt: skip

    def login_query(self, **more: str) -> str:
        return urlencode({
            "iss": self.base, "login_hint": "42", "target_link_uri": "https://console.example.org/",
            "client_id": self.client_id, "lti_message_hint": "m-1", **more,
        })  # fmt: skip


@contextmanager
def played_platform(now: Callable[[], float]) -> Iterator[PlayedPlatform]:
    """Serve a platform: /keys, /auth (which posts its answer back by a form), /course (which frames the tool)."""
    holder: list[PlayedPlatform] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            platform, parts = holder[0], urlsplit(self.path)
            if parts.path == "/keys":
                platform.asked += 1
                self._answer(platform.status, "application/json", platform.keys)
            elif parts.path == "/auth":
                question = dict(parse_qsl(parts.query))
                form = {"state": question["state"], "id_token": platform.token(question)}
                fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in form.items())
                page = (f'<!doctype html><title>auth</title><form method="post" action="{question["redirect_uri"]}">'
                        f"{fields}</form><script>document.forms[0].submit()</script>")  # fmt: skip
                self._answer(200, "text/html; charset=utf-8", page.encode())
            elif parts.path in ("/course", "/new-window"):
                begin = f"{platform.tool}/lti/login?{platform.login_query()}"
                framed = f'<iframe title="tool" width="600" height="500" src="{begin}"></iframe>'
                inner = framed if parts.path == "/course" else f'<a href="{begin}">open</a>'
                self._answer(200, "text/html; charset=utf-8", f"<!doctype html><title>course</title>{inner}".encode())
            else:
                self._answer(404, "text/plain", b"no")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            if holder[0].moved:
                self.send_header("location", holder[0].moved)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Another site than the tool's 127.0.0.1, so that the browser treats it as one.
    holder.append(PlayedPlatform(f"http://localhost:{server.server_address[1]}", now))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield holder[0]
    server.shutdown()
    thread.join()
    server.server_close()
