"""The clock that ticks go by: it does not go back, and who says that it was ahead has it set right."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from staycourse.adapters.store.care import AuditLog, FactBook, set_clock_right
from staycourse.app.homes.home import Home
from staycourse.kernel import BadInput, ClockFault, local_day, worded

NEWEST_TICK = "tick"
CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of several workers may be apart."""


def ticked_ahead(home: Home) -> datetime | None:
    """Return the instant of the newest tick where it lies ahead of the clock; None where it does not."""
    newest = _newest_tick(FactBook(home.database), home.tenant)
    return newest if newest is not None and _is_behind(home.settings.clock.now(), newest) else None


def require_forward(home: Home, facts: FactBook, now: datetime) -> None:
    """Refuse to move anything by a clock that went back: what was sent "later" would not be counted by the caps."""
    tenant = home.tenant
    newest = _newest_tick(facts, tenant)
    if newest is not None and _is_behind(now, newest):
        raise ClockFault(
            worded(
                "it is {now:%Y-%m-%d %H:%M} here, but the newest tick was at {newest} UTC",
                now=now,
                newest=f"{newest:%Y-%m-%d %H:%M}",
            ),
            where="clock",
            mend="set this machine's clock right; where it is right, and was ahead then, say the day to"
            " `staycourse tick --clock-is-right`",
        )
    if newest is None or now > newest:
        facts.put_cursor(tenant, NEWEST_TICK, now.isoformat())


def go_by_this_clock(home: Home, today: date, actor: str) -> None:
    """Go on by this machine's clock, which was ahead and is right now: `today`, by the operator's own calendar.

    BadInput where the clock says another day: a clock that is wrong now would undo what the guard goes by. All that was
    written down later than now is laid where it is true first; where nothing was ahead, nothing is changed.
    """
    now = home.settings.clock.now()
    here = local_day(now, home.zone)
    if here != today:
        raise BadInput(
            worded("by this clock it is {here}, not {today}", here=here, today=today),
            where="clock",
            mend="set this machine's clock right first",
        )
    newest = ticked_ahead(home)
    if newest is None:
        return
    set_clock_right(home.database, home.tenant, now, here)
    FactBook(home.database).put_cursor(home.tenant, NEWEST_TICK, now.isoformat())
    AuditLog(home.database).record(home.tenant, actor, "clock.set_right", at=now, newest_tick=newest.isoformat())


def _newest_tick(facts: FactBook, tenant: str) -> datetime | None:
    told = facts.cursor(tenant, NEWEST_TICK)
    return datetime.fromisoformat(told) if told else None


def _is_behind(now: datetime, newest: datetime) -> bool:
    return now < newest - CLOCKS_APART
