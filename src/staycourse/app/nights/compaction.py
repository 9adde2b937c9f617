"""From the log into the lake, by whichever process comes to it: only what care has seen is taken out of the log."""

from __future__ import annotations

import time
from collections.abc import Sequence

from staycourse.adapters.lake import CompactionReport
from staycourse.adapters.segments import Part
from staycourse.adapters.store.care import FactBook
from staycourse.app.care.care import Care, run_heeding
from staycourse.app.homes.home import Home
from staycourse.kernel import HomeInUse, StorageFault

OUTWARD_AT_ONCE = 5_000
"""How many of care's facts go to the log in one append."""

GATE_SECONDS = 1.0
"""How long a server may go by what it knew of erased learners; it also closes its segment that often."""

LOOKS, LOOK_SECONDS = 6_000, 0.1
"""How often, and how long each time, who must compact waits for another process: ten minutes in all."""


def compact_home(home: Home) -> CompactionReport:
    """Take every closed segment of the log into the lake, all tenants'. HomeInUse while another process does.

    What is closed meanwhile waits for the next time.
    """
    for tenant in home.store.tenants():
        _take_outward(home, tenant)
    if "log" in home.__dict__:
        home.log.roll()
    home.log_place.settle()
    return home.lake.compact_parts(home.log_place.parts(), before=lambda step: _heed(home, step))


def take_in(home: Home) -> CompactionReport:
    """Do as `compact_home`, after any other process that does just now."""
    for _ in range(LOOKS):
        try:
            return compact_home(home)
        except HomeInUse:
            time.sleep(LOOK_SECONDS)
    return compact_home(home)


def take_in_all(home: Home) -> CompactionReport:
    """Take in everything acknowledged up to now, what servers are still writing too.

    StorageFault if one does not close its segment.
    """
    home.log.roll()
    home.log_place.settle()
    if home.log_place.being_written():
        time.sleep(GATE_SECONDS)
    begun = set(home.log_place.being_written())
    for _ in range(LOOKS):
        if begun.isdisjoint(home.log_place.being_written()):
            return take_in(home)
        time.sleep(LOOK_SECONDS)
        home.log_place.settle()
    raise StorageFault(
        "another process does not close its segment", where=str(home.path), mend="stop it, then try again"
    )


def _take_outward(home: Home, tenant: str) -> None:
    """Move the facts that care made into the log; killed in between, it repeats harmlessly."""
    facts = FactBook(home.database)
    while events := facts.outward(tenant, OUTWARD_AT_ONCE):
        home.log.append(tenant, events)
        facts.drop_outward(tenant, [event.event_id for event in events])


def _heed(home: Home, step: Sequence[Part]) -> None:
    """Let every tenant's care take in what stands in the parts that are about to be taken."""
    within = frozenset(part.identity for part in step)
    for tenant in home.store.tenants():
        run_heeding(Care(home), tenant, home.policy(tenant), within=within)
