"""Members and their sessions, and the tries that were made to become one. A token is never kept, only its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, delete, func, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import DIFFERING, insert_new
from staycourse.desk import OWNER, TEACHER, Member, SignedIn
from staycourse.kernel import BadInput, NotFound, fresh_id, worded

IDLE = timedelta(hours=2)
"""A session that asks for nothing this long is over."""

WHOLE = timedelta(hours=12)
"""No session lasts longer than this."""

NOTED = timedelta(minutes=1)
"""How exactly a session's last request is kept: not every page is a write."""


def mark_of(token: str) -> str:
    """Return what is kept of a token: SHA-256, enough for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class MemberBook:
    """The members of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def any(self, tenant: str) -> bool:
        """Say whether anybody at all may sign in."""
        with self.database.reading() as connection:
            return _any(connection, tenant)

    def members(self, tenant: str) -> list[Member]:
        """Return every member by name."""
        table = schema.members
        with self.database.reading() as connection:
            rows = connection.execute(select(table).where(table.c.tenant == tenant).order_by(table.c.login))
            return [_member(row) for row in rows.mappings()]

    def with_password(self, tenant: str, login: str) -> tuple[Member, str] | None:
        """Return a member with the hash of their password, None where nobody signs in by that name."""
        table = schema.members
        here = and_(table.c.tenant == tenant, table.c.login == login, table.c.password.is_not(None))
        with self.database.reading() as connection:
            row = connection.execute(select(table).where(here)).mappings().first()
            return (_member(row), row["password"]) if row else None

    def add(
        self, tenant: str, login: str, name: str, role: str, password: str, courses: Iterable[str], now: datetime
    ) -> None:
        """Add a member; BadInput if the name is taken."""
        row = {"tenant": tenant, "member": fresh_id(), "login": login, "name": name, "role": role,
               "password": password, "courses": sorted(set(courses)), "settled": True, "added": now}  # fmt: skip
        if not self.database.write(lambda connection: insert_new(connection, schema.members, [row])):
            raise BadInput(
                worded("{login!r} is there already", login=login[:60]), where="name", mend="give another name"
            )

    def launched(
        self, tenant: str, member: str, login: str, name: str, role: str, platform: str, now: datetime
    ) -> None:
        """Keep somebody whom a platform sent; where the role is another than before, their sessions end."""
        table = schema.members
        row = {"tenant": tenant, "member": member, "login": login, "name": name, "role": role, "courses": [],
               "platform": platform, "settled": False, "added": now, "entered": now}  # fmt: skip

        def work(connection: Connection) -> None:
            if insert_new(connection, table, [row]):
                return
            here = and_(table.c.tenant == tenant, table.c.member == member)
            if connection.execute(update(table).where(here).values(name=name, login=login, entered=now)).rowcount == 0:
                raise BadInput("the name is another's", where="login", mend="rename the platform")
            other = and_(here, table.c.settled.is_(False), table.c.role != role)
            if connection.execute(update(table).where(other).values(role=role)).rowcount:
                _end(connection, tenant, member)

        self.database.write(work)

    def change(
        self, tenant: str, login: str, *, role: str = "", password: str = "", courses: Collection[str] | None = None
    ) -> None:
        """Give another role, courses or password; every session of theirs ends. NotFound if there is nobody.

        BadInput where the last owner would be lost while others may still sign in.
        """
        table = schema.members
        given = {"role": role, "settled": True} if role else {}
        given |= {"password": password} if password else {}
        given |= {"courses": sorted(set(courses))} if courses is not None else {}

        def work(connection: Connection) -> None:
            self.database.alone(connection, "members", tenant)
            member = _named(connection, tenant, login)
            if role and role != OWNER:
                _keep_an_owner(connection, tenant, member)
            here = and_(table.c.tenant == tenant, table.c.member == member.member)
            connection.execute(update(table).where(here).values(given))
            _end(connection, tenant, member.member)

        self.database.write(work)

    def renew(self, tenant: str, member: str, password: str) -> None:
        """Keep the same password hashed anew: no session ends."""
        table = schema.members
        here = and_(table.c.tenant == tenant, table.c.member == member)
        self.database.write(lambda connection: connection.execute(update(table).where(here).values(password=password)))

    def remove(self, tenant: str, login: str) -> None:
        """Remove a member with their sessions; NotFound if there is nobody, BadInput for the last owner of several."""
        table = schema.members

        def work(connection: Connection) -> None:
            self.database.alone(connection, "members", tenant)
            member = _named(connection, tenant, login)
            _keep_an_owner(connection, tenant, member)
            here = and_(table.c.tenant == tenant, table.c.member == member.member)
            connection.execute(delete(table).where(here))

        self.database.write(work)


class SignInBook:
    """The sessions of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self, tenant: str, token: str, member: str, courses: Iterable[str], now: datetime) -> None:
        """Begin a session; those of anybody that are over are forgotten.

        `courses` were launched just now. Those that were launched in another live session of the same member hold in
        this one too, until WHOLE after their own launch: a teacher has several courses, and several tabs.
        """
        table = schema.sign_ins

        def work(connection: Connection) -> None:
            over = (table.c.until <= now) | (table.c.seen <= now - IDLE)
            connection.execute(delete(table).where(table.c.tenant == tenant, over))
            mine = select(table.c.courses).where(table.c.tenant == tenant, table.c.member == member)
            launched: dict[str, str] = {}
            for earlier in connection.execute(mine).scalars():
                launched |= {name: at for name, at in earlier.items() if at > launched.get(name, "")}
            launched = {name: at for name, at in launched.items() if _holds(at, now)}
            launched |= dict.fromkeys(courses, now.isoformat())
            row = {"tenant": tenant, "mark": mark_of(token), "member": member, "courses": launched, "begun": now,
                   "seen": now, "until": now + WHOLE}  # fmt: skip
            connection.execute(table.insert(), [row])
            people = schema.members
            here = and_(people.c.tenant == tenant, people.c.member == member)
            connection.execute(update(people).where(here).values(entered=now))

        self.database.write(work)

    def look(self, tenant: str, token: str, now: datetime) -> tuple[SignedIn | None, bool]:
        """Return who holds a session's token, None if it is over or none; and whether anybody may sign in at all."""
        table, people = schema.sign_ins, schema.members
        with self.database.reading() as connection:
            row = None
            if token:
                mine = and_(people.c.tenant == table.c.tenant, people.c.member == table.c.member)
                asked = select(table.c.seen, table.c.courses.label("launched"), people).join(people, mine)
                live = (table.c.until > now) & (table.c.seen > now - IDLE) & (table.c.until <= now + WHOLE + DIFFERING)
                here = and_(table.c.tenant == tenant, table.c.mark == mark_of(token), live)
                row = connection.execute(asked.where(here)).mappings().first()
            known = row is not None or _any(connection, tenant)
        if row is None:
            return None, known
        if now - row["seen"] >= NOTED:
            self._seen(tenant, token, now)
        launched = {name for name, at in row["launched"].items() if _holds(at, now)}
        courses = tuple(sorted({*row["courses"], *launched})) if row["role"] == TEACHER else None
        return SignedIn(row["member"], row["login"], row["name"], row["role"], courses), True

    def end(self, tenant: str, token: str) -> None:
        """End one session."""
        table = schema.sign_ins
        here = and_(table.c.tenant == tenant, table.c.mark == mark_of(token))
        self.database.write(lambda connection: connection.execute(delete(table).where(here)))

    def _seen(self, tenant: str, token: str, now: datetime) -> None:
        table = schema.sign_ins
        here = and_(table.c.tenant == tenant, table.c.mark == mark_of(token), table.c.seen < now)
        self.database.write(lambda connection: connection.execute(update(table).where(here).values(seen=now)))


class TryBook:
    """How often somebody tried to sign in: counted in windows, by whatever names the tries."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def count(self, tenant: str, subject: str, now: datetime, window: timedelta) -> int:
        """Count one try before it is made, and return how many there were in this window, it included."""
        table, key = schema.tries, mark_of(subject)[:32]
        here = and_(table.c.tenant == tenant, table.c.subject == key)

        def work(connection: Connection) -> int:
            over = (table.c.until <= now) | (table.c.until > now + window + DIFFERING)
            connection.execute(delete(table).where(table.c.tenant == tenant, over))
            row = {"tenant": tenant, "subject": key, "count": 0, "until": now + window}
            insert_new(connection, table, [row])
            more = update(table).where(here).values(count=table.c.count + 1).returning(table.c.count)
            return int(connection.execute(more).scalar_one())

        return self.database.write(work)

    def forget(self, tenant: str, subject: str) -> None:
        """Count from nothing again."""
        table = schema.tries
        here = and_(table.c.tenant == tenant, table.c.subject == mark_of(subject)[:32])
        self.database.write(lambda connection: connection.execute(delete(table).where(here)))


def _any(connection: Connection, tenant: str) -> bool:
    """Say whether anybody can come in by a password or from a platform."""
    return any(
        connection.execute(select(table.c.tenant).where(table.c.tenant == tenant).limit(1)).first() is not None
        for table in (schema.members, schema.platforms)
    )


def _holds(launched: str, now: datetime) -> bool:
    return now - WHOLE < datetime.fromisoformat(launched) <= now + DIFFERING


def _named(connection: Connection, tenant: str, login: str) -> Member:
    table = schema.members
    here = and_(table.c.tenant == tenant, table.c.login == login)
    row = connection.execute(select(table).where(here)).mappings().first()
    if row is None:
        raise NotFound(
            worded("nobody here is called {login!r}", login=login[:60]), where="name", mend="see staycourse people list"
        )
    return _member(row)


def _keep_an_owner(connection: Connection, tenant: str, leaving: Member) -> None:
    if leaving.role != OWNER:
        return
    table = schema.members
    others = and_(table.c.tenant == tenant, table.c.member != leaving.member)
    count = select(func.count()).select_from(table)
    owners = and_(others, table.c.role == OWNER, table.c.password.is_not(None))
    if connection.scalar(count.where(others)) and not connection.scalar(count.where(owners)):
        raise BadInput("this is the last owner", where="name", mend="make another person owner first")


def _end(connection: Connection, tenant: str, member: str) -> None:
    table = schema.sign_ins
    connection.execute(delete(table).where(table.c.tenant == tenant, table.c.member == member))


def _member(row: RowMapping) -> Member:
    return Member(
        row["member"], row["login"], row["name"], row["role"], tuple(row["courses"]), row["platform"], row["settled"],
        row["added"], row["entered"],
    )  # fmt: skip
