"""The people who may sign in: added with a password shown once, given another role or password, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from starlette.requests import Request

from staycourse.app.access import Members, generated_password
from staycourse.desk import OWNER, ROLES, TEACHER, Member
from staycourse.kernel import BadInput, Words
from staycourse.web.console.connections.page import Action, ConnectionPage, Given, Once

MOST_COURSES = 200


class MembersPage(ConnectionPage):
    """The people of the home."""

    name: ClassVar[str] = "people"
    path: ClassVar[str] = "/connections/people"
    labels: ClassVar[Mapping[str, str]] = {
        "name": "connections.people.login", "role": "access.role", "--course": "connections.people.courses_of",
    }  # fmt: skip

    def view(self, request: Request, words: Words) -> Mapping[str, Any]:
        every = self._members("").list()
        titles = {course.course: course.title for course in self.home.store.courses(self.home.tenant)}
        return {
            "people": [(one, self._facts(one, words)) for one in every],
            "roles": ROLES if every else (OWNER,),
            "first": not every,
            "teacher": TEACHER,
            "courses": sorted(titles)[:MOST_COURSES],
        }

    def actions(self) -> Mapping[str, Action]:
        return {"add": self._add, "role": self._role, "password": self._password, "remove": self._remove}

    def _add(self, given: Given, actor: str) -> str | Once:
        members, role = self._members(actor), given.get("role", "")
        if role != OWNER and not members.list():
            raise BadInput("the first person must be an owner", where="role", mend="add an owner first")
        password = generated_password()
        kept = members.add(given.get("login", ""), given.get("name", ""), role, password, _courses(given))
        return Once("password", kept, password)

    def _role(self, given: Given, actor: str) -> str | Once:
        self._members(actor).role(given.get("login", ""), given.get("role", ""), _courses(given))
        return "connections.role"

    def _password(self, given: Given, actor: str) -> str | Once:
        login, password = given.get("login", ""), generated_password()
        self._members(actor).password(login, password)
        return Once("password", login, password)

    def _remove(self, given: Given, actor: str) -> str | Once:
        self._members(actor).remove(given.get("login", ""))
        return "connections.removed"

    def _members(self, actor: str) -> Members:
        return Members(self.home, actor)

    def _facts(self, one: Member, words: Words) -> tuple[tuple[str, str], ...]:
        entered = self.moment(one.entered, words) or words.t("connections.people.never")
        facts = [("added", self.moment(one.added, words)), ("entered", entered)]
        if one.role == TEACHER:
            facts.append(("courses", ", ".join(one.courses) or words.t("connections.people.launched")))
        if one.platform:
            facts.append(("platform", one.platform))
        return tuple((words.t(f"connections.people.{name}"), value) for name, value in facts)


def _courses(given: Given) -> list[str]:
    """Return the courses that were typed, of a teacher only: the form has the field for every role."""
    if given.get("role") != TEACHER:
        return []
    return [one for text in given.get("courses", "").replace(",", "\n").splitlines() if (one := text.strip()[:200])]
