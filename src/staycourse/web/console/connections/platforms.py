"""The learning platforms that send people here (LTI 1.3), and the addresses that their administrators need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from starlette.requests import Request

from staycourse.app.access import Members
from staycourse.app.access.lti import Platforms
from staycourse.app.access.lti.platforms import COURSE_FROM, key_set, tool_addresses
from staycourse.desk import OPERATOR, OWNER, TEACHER
from staycourse.kernel import BadInput, Words
from staycourse.web.console.connections.page import Action, ConnectionPage, Given, Once

TYPED = ("issuer", "client_id", "login_url", "token_url", "keys_url")
MOST_DEPLOYMENTS = 20


class PlatformsPage(ConnectionPage):
    """The platforms of the home."""

    name: ClassVar[str] = "platforms"
    path: ClassVar[str] = "/connections/platforms"
    labels: ClassVar[Mapping[str, str]] = {
        **{f"--{name.replace('_', '-')}": f"connections.platforms.{name}" for name in TYPED},
        **{name: f"connections.platforms.{name}" for name in ("name", "keys", "course")},
        "--keys-file": "connections.platforms.keys",
    }

    def view(self, request: Request, words: Words) -> Mapping[str, Any]:
        kept = Platforms(self.home, "")
        base = self.home.settings.console_url or f"http://{request.headers['host']}"
        return {
            "addresses": tool_addresses(base),
            "local": not self.home.settings.console_url,
            "platforms": [
                (one, kept.named_courses(one.platform), self.moment(one.added, words)) for one in kept.list()
            ],
            "typed": TYPED,
            "administrators": (TEACHER, OPERATOR),
            "course_from": COURSE_FROM,
        }

    def actions(self) -> Mapping[str, Action]:
        return {"add": self._add, "map": self._map, "remove": self._remove}

    def _add(self, given: Given, actor: str) -> str | Once:
        if not any(one.role == OWNER and not one.platform for one in Members(self.home, actor).list()):
            raise BadInput("nobody can sign in as owner", where="platform", mend="add an owner first")
        keys = given.get("keys", "").strip()
        deployments = [one for one in given.get("deployments", "").replace(",", " ").split() if one]
        Platforms(self.home, actor).add(
            given.get("name", "").strip(), keys=key_set(keys, "keys") if keys else {},
            deployments=deployments[:MOST_DEPLOYMENTS],
            administrators=_one_of(given, "administrators", (TEACHER, OPERATOR)),
            course_from=_one_of(given, "course_from", COURSE_FROM),
            **{name: given.get(name, "").strip() for name in TYPED},
        )  # fmt: skip
        return "connections.platform_added"

    def _map(self, given: Given, actor: str) -> str | Once:
        Platforms(self.home, actor).name_course(
            given.get("name", ""), given.get("context", "").strip(), given.get("course", "").strip()
        )
        return "connections.platform_mapped"

    def _remove(self, given: Given, actor: str) -> str | Once:
        Platforms(self.home, actor).remove(given.get("name", ""))
        return "connections.platform_removed"


def _one_of(given: Given, name: str, choices: tuple[str, ...]) -> str:
    """Return what was chosen of a list; the first, which is the most careful, for anything else."""
    typed = given.get(name, "")
    return typed if typed in choices else choices[0]
