"""How far back the plain signals look at each counter, for whoever keeps or reads no more than is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from staycourse.signals.catalogue import CATALOGUE
from staycourse.signals.compiler import STATE
from staycourse.signals.forms import sums_needed
from staycourse.signals.measures import SPANS
from staycourse.signals.signal import Signal


def windows(catalogue: Sequence[Signal] = CATALOGUE) -> dict[str, int]:
    """Return the days of the longest window in which the plain signals look at each counter that they look at; 0 where
    they only look at all of it.
    """
    measures = {m for signal in catalogue for m in sums_needed(signal)} | set(STATE)
    first = {counter for signal in catalogue if signal.form == "first_days" for counter in signal.counters}
    found = dict.fromkeys(first, SPANS[-1])
    for measure in measures:
        found[measure.counter] = max(found.get(measure.counter, 0), measure.days)
    return dict(sorted(found.items()))


def remembered(catalogue: Sequence[Signal] = CATALOGUE) -> dict[str, frozenset[str]]:
    """Return the counters that some plain signal looks at however old they are, and of which of their rows it asks
    how old: of the "first", the "last", both or neither, where it only adds up.
    """
    measures = {m for signal in catalogue for m in sums_needed(signal)} | set(STATE)
    lasting = [measure for measure in measures if not measure.days]
    return {
        counter: frozenset(m.kind for m in lasting if m.counter == counter and m.kind != "sum")
        for counter in sorted({measure.counter for measure in lasting})
    }


def reaches(catalogue: Sequence[Signal] = CATALOGUE) -> dict[str, int | None]:
    """Return how many days back the plain signals look at each counter that they look at; None: at all of them."""
    lasting = remembered(catalogue)
    return {counter: None if counter in lasting else days for counter, days in windows(catalogue).items()}
