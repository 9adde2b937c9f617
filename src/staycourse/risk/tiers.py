"""Who is worth most to keep: each learner's value from 0 to 1, and the tier that follows from it.

Learners are ordered by the policy's measures, each breaking the ties of the one before: amount paid (compared within
a currency, as a percentile, since there is no honest exchange rate offline), learning activity, tenure. The value is
the share of learners that come before in that order (equal learners share the middle of their ranks). Core is the top
share, of those for whom the first telling measure says anything at all: where somebody pays, nobody who paid nothing
is core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.events import Learner
from staycourse.kernel import EPOCH
from staycourse.policy import TiersPolicy
from staycourse.risk.rules import Flags, Numbers, numbers

Indexes = npt.NDArray[np.int64]

LEARNERS_SCHEMA = pa.schema(
    [("learner", pa.string()), ("paid_minor", pa.int64()), ("currency", pa.string()), ("joined_on", pa.date32())]
)
"""The columns of the learners' attributes that tiers read."""


@dataclass(frozen=True, slots=True)
class TierBoundary:
    """From where on learners are core: the least value of measure `by` among them (minor units of `currency` if
    paid).
    """

    by: str
    currency: str | None
    least: float


@dataclass(frozen=True, slots=True)
class LearnerTiers:
    """Per learner: `learner` their ids; `value` 0 to 1; `core`; what they paid. `row` maps the table's rows to
    learners.
    """

    learner: pa.Array
    row: Indexes
    value: Numbers
    core: Flags
    paid_minor: pa.Array
    currency: pa.Array
    boundaries: tuple[TierBoundary, ...]


def learners_table(learners: Sequence[Learner] | pa.Table) -> pa.Table:
    """Return what tiers read of `learners` as a table of LEARNERS_SCHEMA; columns that are lacking are unknown."""
    if isinstance(learners, pa.Table):
        columns = [
            learners[field.name].cast(field.type)
            if field.name in learners.column_names
            else pa.nulls(learners.num_rows, field.type)
            for field in LEARNERS_SCHEMA
        ]
        return pa.table(columns, schema=LEARNERS_SCHEMA)
    rows = [[getattr(learner, field.name) for learner in learners] for field in LEARNERS_SCHEMA]
    return pa.table([pa.array(row, field.type) for row, field in zip(rows, LEARNERS_SCHEMA, strict=True)],
                    schema=LEARNERS_SCHEMA)  # fmt: skip


def value_tiers(
    signals: pa.Table, learners: Sequence[Learner] | pa.Table, policy: TiersPolicy, as_of: date
) -> LearnerTiers:
    """Order the learners of `signals` (one row per open enrolment) by worth; see the module's words."""
    encoded = pc.dictionary_encode(signals["learner"].combine_chunks())
    ids, row = encoded.dictionary, np.asarray(encoded.indices, dtype=np.int64)
    known = learners_table(learners)
    place = pc.index_in(ids, value_set=known["learner"].combine_chunks())
    paid = _paid(signals, known, place, policy, row)
    currency = known["currency"].combine_chunks().take(place)
    measures = {
        "paid": _within_currency(paid, currency),
        "activity": _summed(signals, policy.activity_signal, row, len(ids)),
        "tenure": _tenure(signals, known, place, row, as_of),
    }
    ordered = [measures[name] for name in policy.by]
    value = _percentile(ordered)
    leading = next((name for name in policy.by if (measures[name] > 0).any()), policy.by[0])
    core = (value > 1 - policy.core_share) & (measures[leading] > 0)
    shown = paid if leading == "paid" else measures[leading]
    boundaries = _boundaries(leading, shown, currency, core)
    return LearnerTiers(ids, row, value, core, _whole(paid), currency, boundaries)


@dataclass(frozen=True, slots=True)
class KnownTiers:
    """What an earlier night found of each learner, whose place is `places`; the last row is of who was not there."""

    places: Mapping[str, int]
    value: Numbers
    core: Flags
    paid_minor: pa.Array
    currency: pa.Array

    @classmethod
    def of(cls, known: pa.Table) -> KnownTiers:
        """Read that night's learner, value, tier, paid_minor and currency, one row each."""
        names = known["learner"].to_pylist()
        core = np.asarray(pc.fill_null(pc.equal(known["tier"], "core"), False), dtype=np.bool_)
        paid, currency = (
            pa.concat_arrays([*known[name].chunks, pa.nulls(1, known[name].type)])
            for name in ("paid_minor", "currency")
        )
        value = np.append(np.nan_to_num(numbers(known, "value")), 0.0)
        return cls({name: place for place, name in enumerate(names)}, value, np.append(core, False), paid, currency)


def tiers_known(signals: pa.Table, known: KnownTiers) -> LearnerTiers:
    """Return the tiers of the learners of `signals` as an earlier night found them.

    Who was not there then is regular, and of no value yet. It takes as long for a few among a million as among ten.
    """
    encoded = pc.dictionary_encode(signals["learner"].combine_chunks())
    ids, row = encoded.dictionary, np.asarray(encoded.indices, dtype=np.int64)
    stranger = len(known.places)
    place = np.array([known.places.get(name, stranger) for name in ids.to_pylist()], dtype=np.int64)
    paid, currency = (column.take(pa.array(place)) for column in (known.paid_minor, known.currency))
    return LearnerTiers(ids, row, known.value[place], known.core[place], paid, currency, ())


def _paid(signals: pa.Table, known: pa.Table, place: pa.Array, policy: TiersPolicy, row: Indexes) -> Numbers:
    """The amount of the attributes; where they do not say, what the events of paying add up to (of the learner)."""
    given = numbers(known.select(["paid_minor"]).combine_chunks(), "paid_minor")
    paid = _take(given, place)
    if policy.paid_signal in signals.column_names:
        counted = np.full(len(place), np.nan)
        counted[row] = numbers(signals, policy.paid_signal)  # of the learner: the same in each of their rows
        counted[counted == 0] = np.nan  # no payment was told of; that is not to say that nothing was paid
        paid = np.where(np.isnan(paid), counted, paid)
    return paid


def _summed(signals: pa.Table, column: str, row: Indexes, count: int) -> Numbers:
    if column not in signals.column_names:
        return np.zeros(count)
    return np.bincount(row, weights=np.nan_to_num(numbers(signals, column)), minlength=count).astype(np.float64)


def _tenure(signals: pa.Table, known: pa.Table, place: pa.Array, row: Indexes, as_of: date) -> Numbers:
    """Days since joining; where that is unknown, since the first of the open enrolments."""
    today = (as_of - EPOCH).days
    joined = _take(_day_numbers(known["joined_on"]), place)
    first = np.full(len(place), np.inf)
    np.minimum.at(first, row, np.nan_to_num(_day_numbers(signals["enrolled_on"]), nan=np.inf))
    since = np.where(np.isnan(joined), first, joined)
    return np.where(np.isfinite(since), np.maximum(today - since, 0.0), 0.0)


def _day_numbers(column: pa.ChunkedArray) -> Numbers:
    whole = pc.cast(pc.cast(column, pa.date32()), pa.int32())
    return np.asarray(pc.fill_null(pc.cast(whole, pa.float64()), float("nan")).to_numpy(), dtype=np.float64)


def _take(values: Numbers, place: pa.Array) -> Numbers:
    """Take `values` at `place`; NaN where the place is null."""
    at = np.asarray(pc.fill_null(place, -1), dtype=np.int64)
    return np.append(values, np.nan)[at]


def _within_currency(paid: Numbers, currency: pa.Array) -> Numbers:
    """Return the percentile (above 0) of each amount among the payers of the same currency; 0 for those who paid
    nothing.
    """
    result = np.zeros(len(paid))
    codes = np.asarray(pc.fill_null(pc.dictionary_encode(currency).indices, -1), dtype=np.int64)
    known = codes[codes >= 0]
    if len(known):  # an amount of no stated currency is taken to be of the commonest one
        codes[codes < 0] = np.bincount(known).argmax()
    for code in np.unique(codes):
        payers = np.flatnonzero((codes == code) & (paid > 0))
        if len(payers):
            result[payers] = _percentile([paid[payers]])
    return result


def _percentile(ordered: Sequence[Numbers]) -> Numbers:
    """Rank by the first measure, then the next ...: the middle of the ranks of equals, as a share of all (0 to 1)."""
    count = len(ordered[0])
    order = np.lexsort(tuple(reversed(ordered)))
    fresh = np.zeros(count, dtype=np.bool_)
    fresh[:1] = True
    for measure in ordered:
        fresh[1:] |= np.diff(measure[order]) != 0
    starts = np.flatnonzero(fresh)
    ends = np.append(starts[1:], count)
    value = np.empty(count)
    value[order] = np.repeat((starts + ends) / 2, ends - starts) / max(count, 1)
    return value


def _boundaries(by: str, shown: Numbers, currency: pa.Array, core: Flags) -> tuple[TierBoundary, ...]:
    if not core.any():
        return ()
    if by != "paid":
        return (TierBoundary(by, None, float(shown[core].min())),)
    table = pa.table({"currency": currency.filter(pa.array(core)), "paid": pa.array(shown[core])})
    least = table.group_by("currency").aggregate([("paid", "min")]).sort_by("currency")
    return tuple(TierBoundary(by, row["currency"], row["paid_min"]) for row in least.to_pylist())


def _whole(paid: Numbers) -> pa.Array:
    return pa.array(np.nan_to_num(paid).astype(np.int64), mask=np.isnan(paid))
