"""Keys: a platform's, by which its launches are believed, and our own, which platforms may ask for."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from staycourse.adapters.platforms import KeysFault, fetch_keys
from staycourse.app.access.lti.claims import IdToken, LaunchRefused, read_claims
from staycourse.desk import Platform
from staycourse.kernel import StorageFault, as_wording, worded

ALGORITHMS = ("RS256",)
"""Security Framework 5.1.3 names RS256; nothing that could be taken for it (HS256, none) is ever tried."""

SHORTEST_KEY, LONGEST_KEY = 2_048, 8_192
MOST_KEYS = 20
LONGEST_TOKEN = 32_768
KEPT, STALE, SOONEST = 3_600.0, 86_400.0, 60.0
"""Seconds: keys are fetched again after KEPT, used up to STALE while they cannot be had, and asked for a key that is
not there at most every SOONEST."""

KEY_FILE = "lti-key.json"


class PlatformKeys:
    """The keys of platforms, fetched when needed and kept within bounds. Safe for threads."""

    def __init__(
        self, fetch: Callable[[str], dict[str, Any]] = fetch_keys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._kept: dict[str, tuple[float, dict[str, RSAKey]]] = {}
        self._asked: dict[str, float] = {}
        self._turn = threading.Lock()

    def read(self, platform: Platform, text: str) -> IdToken:
        """Return the claims of a token that the platform signed; LaunchRefused for any other."""
        key = self._key(platform, key_named(text))
        try:
            return read_claims(jwt.decode(text, key, algorithms=list(ALGORITHMS)).claims)
        except (JoseError, ValueError, RecursionError):
            raise LaunchRefused("the launch is not signed by the platform", where="signature") from None

    def _key(self, platform: Platform, kid: str) -> RSAKey:
        with self._turn:
            keys = usable(platform.keys) if platform.keys else self._of(platform.keys_url, kid)
        if kid not in keys:
            raise LaunchRefused("the launch is signed by a key that the platform does not have", where="key")
        return keys[kid]

    def _of(self, url: str, kid: str) -> dict[str, RSAKey]:
        """Return the keys at an address: those that are kept, or fresh ones where these are old or lack `kid`."""
        now = self._clock()
        since, keys = self._kept.get(url, (-STALE, {}))
        fresh = now - since < KEPT
        if (fresh and kid in keys) or now - self._asked.get(url, -SOONEST) < SOONEST:
            return keys if now - since < STALE else {}
        self._asked[url] = now
        try:
            self._kept[url] = (now, usable(self._fetch(url)))
        except KeysFault:
            if not keys or now - since >= STALE:
                raise
        return self._kept[url][1]


def usable(key_set: dict[str, Any]) -> dict[str, RSAKey]:
    """Return by id the keys of a JWK set that may sign: RSA of 2,048 to 8,192 bits, not for another use."""
    found: dict[str, RSAKey] = {}
    for told in list(key_set.get("keys", ()))[:MOST_KEYS]:
        if not isinstance(told, dict) or told.get("kty") != "RSA" or not isinstance(told.get("kid"), str):
            continue
        if told.get("use", "sig") != "sig" or told.get("alg", "RS256") not in ALGORITHMS:
            continue
        try:
            bits = int.from_bytes(_decoded(told["n"])).bit_length()
            if SHORTEST_KEY <= bits <= LONGEST_KEY:
                found[told["kid"]] = RSAKey.import_key({name: told[name] for name in ("kty", "n", "e", "kid")})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return found


def key_named(text: str) -> str:
    """Return the id of the key that a token says it is signed by, for RS256 alone; LaunchRefused otherwise."""
    if len(text) > LONGEST_TOKEN or text.count(".") != 2:
        raise LaunchRefused("the launch brings no token", where="token")
    try:
        header = json.loads(_decoded(text.partition(".")[0]))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
        raise LaunchRefused("the launch is not signed as LTI asks (RS256, with the key's id)", where="algorithm")
    return str(header["kid"])


def tool_keys(home: Path) -> dict[str, Any]:
    """Return our own public keys as a JWK set; the key pair is made at the first use, for its owner's eyes only."""
    place = home / KEY_FILE
    if not place.exists():
        made = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)
        _keep(place, json.dumps(made.as_dict(private=True)))
    key = RSAKey.import_key(json.loads(place.read_text(encoding="ascii")))
    return dict(KeySet([key]).as_dict(private=False))


def _keep(place: Path, text: str) -> None:
    """Write a file whole, or leave the one that another process wrote first."""
    fresh = place.with_name(f"{place.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, place)
    except FileExistsError:
        pass
    except OSError as error:
        raise StorageFault(
            worded("the key cannot be made: {why}", why=as_wording(error.strerror)), where=str(place)
        ) from None
    finally:
        fresh.unlink(missing_ok=True)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part.encode("ascii", "replace") + b"=" * (-len(part) % 4))
