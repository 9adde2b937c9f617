"""Who may sign in, as an operator keeps it: every change is written into the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from staycourse.adapters.store.care import AuditLog
from staycourse.adapters.store.doors import MemberBook
from staycourse.app.access.passwords import hashed
from staycourse.app.access.porter import Porter, login_of
from staycourse.app.homes.home import Home
from staycourse.desk import ROLES, TEACHER, Member
from staycourse.desk.access import LONGEST_LOGIN
from staycourse.kernel import BadInput, worded


class Members:
    """The members of one home's tenant. `actor` is who changes them."""

    def __init__(self, home: Home, actor: str) -> None:
        self._home, self._actor = home, actor
        self._book, self._audit = MemberBook(home.database), AuditLog(home.database)

    def list(self) -> list[Member]:
        """Return every member by name."""
        return self._book.members(self._home.tenant)

    def add(self, login: str, name: str, role: str, password: str, courses: Sequence[str]) -> str:
        """Add a person and return the name they sign in by; BadInput for a name, role or password that cannot be."""
        typed, now = _checked(login), self._home.settings.clock.now()
        _fitting(role, courses)
        self._book.add(self._home.tenant, typed, " ".join(name.split())[:200], role, hashed(password), courses, now)
        self._audit.record(self._home.tenant, self._actor, "people.add", at=now, person=typed, role=role)
        return typed

    def role(self, login: str, role: str, courses: Sequence[str] | None) -> None:
        """Give a person another role, and a teacher their courses; their sessions end."""
        _fitting(role, courses or ())
        self._change(login, "people.role", role=role, courses=list(courses or ()))

    def password(self, login: str, password: str) -> None:
        """Give a person another password; their sessions end. BadInput for somebody whom a platform sends."""
        typed = login_of(login)
        if any(member.login == typed and member.platform for member in self.list()):
            raise BadInput("a learning platform signs this person in", where="name", mend="change it there")
        self._book.change(self._home.tenant, typed, password=hashed(password))
        self._told("people.password", typed)

    def remove(self, login: str) -> None:
        """Remove a person; their sessions end."""
        self._book.remove(self._home.tenant, login_of(login))
        self._told("people.remove", login_of(login))

    def _change(self, login: str, action: str, *, role: str, courses: Sequence[str]) -> None:
        self._book.change(self._home.tenant, login_of(login), role=role, courses=courses)
        self._told(action, login_of(login), role=role, courses=" ".join(courses))

    def _told(self, action: str, person: str, **details: str) -> None:
        now = self._home.settings.clock.now()
        self._audit.record(self._home.tenant, self._actor, action, at=now, person=person, **details)


def home_porter(home: Home, *, remote: bool) -> Porter:
    """Return who lets people into the console of `home`; `remote` where others than this machine reach it."""
    return Porter(home.database, home.tenant, home.settings.clock, remote=remote)


def _checked(login: str) -> str:
    typed = login_of(login)
    # Names with brackets are given to those whom a platform sends: nobody else may be called so.
    if not typed or len(typed) > LONGEST_LOGIN or not typed.isprintable() or set(typed) & set("()"):
        raise BadInput(
            worded("{login!r} cannot be a name to sign in by", login=login[:60]),
            where="name",
            mend=worded("an e-mail address, or 1 to {most} characters without brackets", most=LONGEST_LOGIN),
        )
    return typed


def _fitting(role: str, courses: Sequence[str]) -> None:
    if role not in ROLES:
        raise BadInput(
            worded("there is no role {role!r}", role=role[:20]),
            where="role",
            mend=worded("one of {choices}", choices=", ".join(ROLES)),
        )
    if courses and role != TEACHER:
        raise BadInput("only a teacher has courses", where="--course", mend="leave it out")
