"""Counting, day by day, who alerted and who left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.review.report import AlertQuality

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TestedDay:
    """One as-of day: per enrolment its key, risk, days absent, the rules that fired [row, rule], the alert, the
    outcome.
    """

    as_of: date
    key: pa.Array
    risk: Numbers
    absent: Indexes
    fired: Flags
    alerting: Flags
    outcome: Flags


@dataclass(slots=True)
class Tally:
    """The tested days, added one by one, and what they come to. `label` is silence or withdrawal."""

    rule_ids: tuple[str, ...]
    horizon_days: int
    label: str
    days: list[TestedDay] = field(default_factory=list)

    def add(self, as_of: date, risks: pa.Table, alerting: Flags, outcome: Flags) -> None:
        """Take in one as-of day: its `risks` (RISKS_SCHEMA), and row for row who alerted and who left."""
        self.days.append(
            TestedDay(
                as_of,
                enrolment_keys(risks),
                np.asarray(risks["risk"].to_numpy(), dtype=np.float64),
                np.asarray(risks["absent_days"].to_numpy(), dtype=np.int64),
                fired_rules(risks, self.rule_ids),
                alerting,
                outcome,
            )
        )

    def outcome(self) -> Flags:
        """Return who left, over all days in order."""
        return np.concatenate([day.outcome for day in self.days])

    def risk(self) -> Numbers:
        """Return the risks told, over all days in order."""
        return np.concatenate([day.risk for day in self.days])

    def not_gone(self) -> Flags:
        """Say whose silence had not outlasted the horizon yet: those for whom an alert can come in time."""
        return np.concatenate([day.absent for day in self.days]) <= self.horizon_days

    def rules(self) -> dict[str, AlertQuality]:
        """Return how good each rule was, in the policy's order."""
        fired = np.concatenate([day.fired for day in self.days])
        lead = self._leads()
        return {rule: self._quality(fired[:, place], *lead) for place, rule in enumerate(self.rule_ids)}

    def alerts(self) -> AlertQuality:
        """Return how good all alerts together were."""
        return self._quality(np.concatenate([day.alerting for day in self.days]), *self._leads())

    def _leads(self) -> tuple[Indexes, Indexes]:
        """Return, for every row, its episode and how many days before the leaving it lies.

        An episode is what one leaving belongs to: a silence (by its last active day), or the enrolment.
        """
        today = np.concatenate([np.full(len(day.outcome), day.as_of.toordinal()) for day in self.days])
        key = pc.dictionary_encode(pa.concat_arrays([day.key for day in self.days])).indices
        enrolment = np.asarray(key, dtype=np.int64)
        if self.label == "silence":
            absent = np.concatenate([day.absent for day in self.days])
            _, episode = np.unique(np.stack([enrolment, today - absent]), axis=1, return_inverse=True)
            return episode.ravel().astype(np.int64), self.horizon_days - absent
        last_seen = np.zeros(int(enrolment.max(initial=-1)) + 1, dtype=np.int64)
        np.maximum.at(last_seen, enrolment, today)
        return enrolment, last_seen[enrolment] - today

    def _quality(self, fired: Flags, episode: Indexes, lead: Indexes) -> AlertQuality:
        """Measure over those not gone yet; the lead of an episode is that of its first firing."""
        here, outcome = self.not_gone(), self.outcome()
        fired, left = fired & here, outcome & here
        right = fired & left
        first = np.full(int(episode.max(initial=-1)) + 1, -1, dtype=np.int64)
        np.maximum.at(first, episode[right], lead[right])
        leads = first[first >= 0]
        return AlertQuality(
            fired=int(fired.sum()),
            precision=float(right.sum() / fired.sum()) if fired.any() else None,
            recall=float(right.sum() / left.sum()) if left.any() else None,
            median_lead_days=float(np.median(leads)) if len(leads) else None,
        )


def enrolment_keys(table: pa.Table) -> pa.Array:
    """Return one text per row that names its enrolment."""
    joined = pc.binary_join_element_wise(table["learner"], table["course"], "\x1f")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def fired_rules(risks: pa.Table, rules: Sequence[str]) -> Flags:
    """Return which of `rules` fired for which row [row, rule]."""
    lists = risks["rules"].combine_chunks()
    rows = np.asarray(pc.list_parent_indices(lists), dtype=np.int64)
    places = np.asarray(
        pc.index_in(pc.list_flatten(lists), value_set=pa.array(list(rules), pa.string())), dtype=np.int64
    )
    fired = np.zeros((risks.num_rows, len(rules)), dtype=np.bool_)
    fired[rows, places] = True
    return fired
