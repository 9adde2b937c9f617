"""Scoring where the engine computes: part by part, on whichever machine holds the part, knowing nothing of the rest.

What needs everyone is a learner's tier (a rank among all). So a part tells what would follow from either tier, and
the rows of all parts together are then finished by the few columns that a rank needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.events import Learner
from staycourse.policy import Policy
from staycourse.risk.assess import by_category, days_since_start, risks_table, top_reasons
from staycourse.risk.causes import name_causes
from staycourse.risk.rules import FiredRules, Flags, Numbers, evaluate
from staycourse.risk.scores import Scorer, Scores
from staycourse.risk.tiers import value_tiers

_TIERS = ("regular", "core")
_KEYS = ("learner", "course", "enrolled_on", "course_day")


@dataclass(frozen=True, slots=True)
class PartScorer:
    """Called with rows of signals, it returns as many rows: their keys, the signals `asked` for, risk, reasons,
    categories, and cause and rules for either tier.

    It is sent to the machines that compute; a row's result does not depend on the rows beside it.
    """

    scorer: Scorer
    policy: Policy
    as_of: date
    asked: tuple[str, ...] = ()

    def __call__(self, signals: pa.Table) -> pa.Table:
        """Score one part."""
        scores = self.scorer.score(signals)
        days_in = days_since_start(signals, self.as_of)
        seen = signals.append_column("days_in", pa.array(days_in))
        columns = {name: signals[name] for name in (*_KEYS, *self._signals(signals))}
        columns["risk"] = pa.array(np.asarray(scores.probability, dtype=np.float64))
        columns["reasons"] = top_reasons(signals, scores.contributions, scores.signals)
        columns["categories"] = by_category(scores.contributions, scores.signals)
        for number, tier in enumerate(_TIERS):
            core = np.full(signals.num_rows, bool(number))
            fired = evaluate(seen, self.policy.rules, self.policy.tiers, core)
            columns[f"cause_{tier}"] = self._causes(scores, fired, days_in)
            columns[f"rules_{tier}"] = fired.names()
        return pa.table(columns)

    def _signals(self, signals: pa.Table) -> list[str]:
        """Return what is handed on of the signals: those asked for, and those that ranks and silences are told by."""
        tiers = self.policy.tiers
        wanted = {*self.asked, tiers.paid_signal, tiers.activity_signal, "days_absent"}
        return [name for name in signals.column_names if name in wanted and name not in _KEYS]

    def _causes(self, scores: Scores, fired: FiredRules, days_in: Numbers) -> pa.Array:
        policy = self.policy.causes
        places = name_causes(scores.contributions, scores.signals, fired, days_in, policy)
        return pa.array([cause.id for cause in policy.list], pa.string()).take(pa.array(places))


def assess_scored(
    scored: pa.Table,
    policy: Policy,
    learners: Sequence[Learner] | pa.Table,
    as_of: date,
    *,
    basis: str,
    model: str = "",
) -> pa.Table:
    """Return the risks (RISKS_SCHEMA) of rows that a PartScorer told, in their order; see `assess`."""
    tiers = value_tiers(scored, learners, policy.tiers, as_of)
    core = tiers.core[tiers.row]
    found = {name: scored[name] for name in ("risk", "reasons", "categories")}
    found |= {name: _chosen([scored[f"{name}_{tier}"] for tier in _TIERS], core) for name in ("cause", "rules")}
    return risks_table(scored, tiers, found, policy, as_of, basis=basis, model=model)


def _chosen(columns: Sequence[pa.ChunkedArray], which: Flags) -> pa.Array:
    """Return row by row the value of the column whose number `which` says."""
    rows = len(which)
    both = pa.concat_arrays([column.combine_chunks() for column in columns])
    return pc.take(both, pa.array(np.arange(rows) + which.astype(np.int64) * rows))
