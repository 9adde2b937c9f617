"""The clock that ticks go by: it does not go back, and who says that it was ahead has it set right.

Where several machines share the store, the one whose clock was ahead is known from then on, and moves nothing by it
until it is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from staycourse.adapters.store.care import (
    CLOCKS_APART,
    AuditLog,
    ClockBook,
    Ticked,
    Verdict,
    lay_right,
    set_clock_right,
)
from staycourse.app.homes.home import Home
from staycourse.app.homes.workers import clock_name, of_machine
from staycourse.kernel import BadInput, ClockFault, Wording, local_day, worded


def ticked_ahead(home: Home) -> datetime | None:
    """Return the instant of the newest tick where it lies ahead of the clock; None where it does not."""
    newest = ClockBook(home.database).newest(home.tenant)
    return newest if newest is not None and newest > home.settings.clock.now() + CLOCKS_APART else None


def require_forward(home: Home, now: datetime, *, ticked: bool) -> None:
    """Refuse to move anything by a clock that went back, or that is known to be ahead.

    What was sent "later" would not be counted by the caps, and what is sent too early breaks quiet hours. Who has
    `ticked` by a clock that was meanwhile said to be ahead was perhaps in the middle of it: what was noted since is
    laid where it is true as well.
    """
    book, name = ClockBook(home.database), clock_name(home.settings.clock)
    verdict = book.tick(home.tenant, name, now, lambda newest, known: _judged(name, now, newest, known))
    if verdict == "right":
        return
    newest, known = book.known(home.tenant)
    own = known.get(name)
    if verdict == "wrong" and ticked and own is not None and own.ahead is not None:
        then = now - own.ahead
        lay_right(home.database, home.tenant, then, local_day(then, home.zone))
    raise _fault(verdict, now, newest)


def require_right(home: Home) -> None:
    """Refuse to go by a clock that is known to be ahead."""
    now = home.settings.clock.now()
    if clock_is_ahead(home, now):
        raise _fault("wrong", now, ClockBook(home.database).newest(home.tenant))


def clock_is_ahead(home: Home, now: datetime) -> bool:
    """Say whether this machine's clock is one that is known to be ahead."""
    name = clock_name(home.settings.clock)
    return _judged(name, now, *ClockBook(home.database).known(home.tenant)) == "wrong"


def clocks_ahead(home: Home) -> tuple[str, ...]:
    """Return the machines whose clocks were said to be ahead, and have not been right since; and this process's own."""
    _, known = ClockBook(home.database).known(home.tenant)
    own = clock_name(home.settings.clock)
    ahead = (name for name, its in known.items() if its.ahead is not None)
    return tuple(sorted(name for name in ahead if of_machine(name) or name == own))


def clock_trouble(home: Home) -> Wording | None:
    """Say why nothing is moved for the tenant, or not by every machine; None where all is well."""
    newest, now = ticked_ahead(home), home.settings.clock.now()
    if newest is not None:
        return worded(
            "{now}, yet the newest tick was at {until}: nothing is sent before. If this clock is right, say the day to"
            " `staycourse tick --clock-is-right`",
            now=f"{now:%Y-%m-%d %H:%M} UTC", until=f"{newest:%Y-%m-%d %H:%M} UTC",
        )  # fmt: skip
    ahead = clocks_ahead(home)
    if not ahead:
        return None
    return worded(
        "{now}; the clocks of these machines were said to be ahead, and nothing is moved by them until they are right:"
        " {clocks}",
        now=f"{now:%Y-%m-%d %H:%M} UTC", clocks=", ".join(ahead),
    )  # fmt: skip


def go_by_this_clock(home: Home, today: date, actor: str) -> None:
    """Go on by this machine's clock, which is right now: `today`, by the operator's own calendar.

    BadInput where the clock says another day: a clock that is wrong now would undo what the guard goes by. All that was
    written down later than now is laid where it is true, and every other clock that ticked later is known to be ahead;
    where nothing was ahead, nothing is changed.
    """
    now = home.settings.clock.now()
    here, name = local_day(now, home.zone), clock_name(home.settings.clock)
    if here != today:
        raise BadInput(
            worded("by this clock it is {here}, not {today}", here=here, today=today),
            where="clock",
            mend="set this machine's clock right first",
        )
    newest, known = ClockBook(home.database).known(home.tenant)
    own = known.get(name)
    if newest is None or (ticked_ahead(home) is None and (own is None or own.ahead is None)):
        return
    set_clock_right(home.database, home.tenant, now, here, name)
    AuditLog(home.database).record(
        home.tenant, actor, "clock.set_right", at=now, newest_tick=newest.isoformat(), ahead=list(clocks_ahead(home))
    )


def _judged(name: str, now: datetime, newest: datetime | None, known: Mapping[str, Ticked]) -> Verdict:
    """Say whether the clock `name` may move anything at `now`.

    One that was said to be ahead may once it agrees with the others. One that never ticked here may be that same clock
    under another name (a container has a new one each time), if it runs ahead of the newest tick by as much.
    """
    if newest is None:
        return "right"
    if now < newest - CLOCKS_APART:
        return "behind"
    if now <= newest + CLOCKS_APART:
        return "right"
    own = known.get(name)
    if own is not None:
        return "right" if own.ahead is None else "wrong"
    ahead = [its.ahead for other, its in known.items() if its.ahead is not None and of_machine(other)]
    return "wrong" if ahead and of_machine(name) and now - newest >= min(ahead) - CLOCKS_APART else "right"


def _fault(verdict: Verdict, now: datetime, newest: datetime | None) -> ClockFault:
    newest = newest or now
    if verdict == "behind":
        told = worded(
            "it is {now:%Y-%m-%d %H:%M} here, but the newest tick was at {newest} UTC",
            now=now, newest=f"{newest:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    else:
        told = worded(
            "it is {now:%Y-%m-%d %H:%M} here, by a clock that was said to be ahead of the others: their newest tick was"
            " at {newest} UTC",
            now=now, newest=f"{newest:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    return ClockFault(
        told,
        where="clock",
        mend="set this machine's clock right; where it is right, and was ahead then, say the day to"
        " `staycourse tick --clock-is-right`",
        ahead=verdict == "wrong",
    )
