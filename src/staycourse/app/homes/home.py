"""One home, opened: where adapters meet rooms."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from staycourse.adapters.lake import Lake
from staycourse.adapters.shelf import HomeLock, Shelf
from staycourse.adapters.store import LawBook, LiveBook, Store, open_database
from staycourse.app.homes.engines import engine_of
from staycourse.app.homes.gate import Gate, GatedLog
from staycourse.app.homes.keeping import keep_as_told
from staycourse.app.homes.log_place import log_place
from staycourse.desk import HomeDesk
from staycourse.events import LogHealth
from staycourse.feeling import feel_many
from staycourse.kernel import BadInput, Settings, StorageFault, as_wording, know_records, last_whole_day, worded, zone
from staycourse.policy import Policy, default_policy_text, load_policy
from staycourse.signals import SIGNALS_BY_NAME

if TYPE_CHECKING:
    from staycourse.adapters.engines import SQLEngine

POLICY_FILE = "policy.toml"
UNFINISHED = "RESTORE-IS-NOT-FINISHED"


class Home:
    """One home and everything opened in it.

    Whoever imports or runs a night is `writing` and holds the home's lock; servers and workers may be many beside it,
    each with a lane of the log. `gate_seconds` is how long a server may go by what it knows of erased learners.
    """

    def __init__(self, settings: Settings, *, writing: bool, gate_seconds: float = 0.0) -> None:
        know_records()
        self.settings = settings
        self.writing = writing
        self.path = _prepared(settings.home)
        self._lock = HomeLock(self.path) if writing else None
        self.database = open_database(settings.store or self.path / "store.db")
        self.store = Store(self.database)
        self.tenant = settings.tenant
        self.zone = zone(self.store.ensure_tenant(self.tenant, settings.zone, settings.clock.now()))
        self.shelf = Shelf(self.path)
        self.log_place = log_place(settings)
        self.gate = Gate(LawBook(self.database), fresh_seconds=gate_seconds)
        self.lake = Lake(self.path, zone_of=self.zone_of, feel=feel_many, erased=Gate(LawBook(self.database)).erased)
        self._engine: SQLEngine[Any] | None = None
        self._engine_turn = threading.Lock()

    @property
    def engine(self) -> SQLEngine[Any]:
        """The engine that the settings name, made when it is first asked: most verbs never compute a signal."""
        with self._engine_turn:
            if self._engine is None:
                self._engine = engine_of(self.settings, self.lake.files)
            return self._engine

    @cached_property
    def log(self) -> GatedLog:
        """A lane of the event log, closed to who was erased; taken when first written to, and held until the end."""
        return GatedLog(self.log_place.writer(), self.gate)

    def close(self) -> None:
        """Flush and close everything."""
        if "log" in self.__dict__:
            self.log.close()
        self.log_place.close()
        if self._engine is not None:
            self._engine.close()
        self.database.close()
        if self._lock is not None:
            self._lock.release()

    def desk(self) -> HomeDesk:
        """Return the answers for people who look."""
        return HomeDesk(
            self.store, self.shelf, self.engine, self.lake, policy_of=self.policy, zone_of=self.zone_of,
            live=LiveBook(self.database),
        )  # fmt: skip

    def policy(self, tenant: str) -> Policy:
        """Return the policy in force: the store's newest version, the default before there is one."""
        newest = self.store.newest_policy(tenant)
        return _policy_of(newest.text, newest.version) if newest else _policy_of(default_policy_text(), 0)

    def policy_file(self) -> tuple[str, str]:
        """Return the text of the home's `policy.toml`, checked, and its name; the default's where there is none."""
        place = self.path / POLICY_FILE
        if not place.is_file():
            return default_policy_text(), "default"
        text = read_text(place)
        load_policy(text, signals=SIGNALS_BY_NAME, source=str(place))
        return text, POLICY_FILE

    def accept_policy_file(self) -> None:
        """Take the home's policy file as a new version where it differs from that in force; BadPolicy if wrong."""
        self.store.add_policy(self.tenant, *self.policy_file(), self.settings.clock.now())

    def as_of(self, asked: date | None) -> date:
        """Return the as-of day: the one asked for, else the last whole day."""
        newest = last_whole_day(self.settings.clock.now(), self.zone)
        if asked is not None and asked > newest:
            raise BadInput(
                worded("{asked} has not passed yet", asked=asked),
                where="--as-of",
                mend=worded("the last whole day is {newest}", newest=newest),
            )
        return asked or newest

    def log_health(self) -> LogHealth:
        """Say how the log is, all lanes together; whoever holds the home opens a lane, and heals it."""
        own = self.log.health() if self.writing or "log" in self.__dict__ else None
        return self.log_place.health(own)

    def zone_of(self, tenant: str) -> ZoneInfo:
        """Return the zone that a tenant's days are counted in."""
        return zone(self.store.tenants().get(tenant, self.settings.zone))


@contextmanager
def open_home(settings: Settings, *, writing: bool, gate_seconds: float = 0.0, begun: bool = False) -> Iterator[Home]:
    """Open a home; HomeInUse if another process writes it and `writing` is asked for.

    `begun`: it must be there. Who only looks would else make one wherever its name was mistyped; BadInput.
    """
    if begun and not settings.home.exists():
        mend = "check --home; demo, import and serve begin one"
        raise BadInput("there is no home", where=str(settings.home), mend=mend)
    home = Home(settings, writing=writing, gate_seconds=gate_seconds)
    try:
        yield home
    finally:
        home.close()


@lru_cache(maxsize=64)
def _policy_of(text: str, version: int) -> Policy:
    """Return a policy that was accepted: who asks for it every second must not read the same text each time."""
    return load_policy(text, signals=SIGNALS_BY_NAME, version=version)


def _prepared(home: Path) -> Path:
    try:
        keep_as_told(home)
    except OSError as error:
        raise StorageFault(
            worded("the home cannot be made: {why}", why=as_wording(error.strerror)),
            where=str(home),
            mend="give another folder with --home",
        ) from None
    if (home / UNFINISHED).exists():
        raise StorageFault("a restore of this home broke off", where=str(home), mend="restore it again from its backup")
    return home


def read_text(place: Path) -> str:
    """Return the text of a file; BadInput if it is not UTF-8 or cannot be read."""
    try:
        return place.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput("there is no such file", where=str(place), mend="check the path") from None
    except UnicodeDecodeError:
        raise BadInput("the file is not UTF-8 text", where=str(place), mend="save it as UTF-8") from None
    except OSError as error:
        why = as_wording(error.strerror or str(error))
        raise BadInput(worded("the file cannot be read: {why}", why=why), where=str(place)) from None
