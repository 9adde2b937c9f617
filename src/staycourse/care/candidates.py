"""Who is shown as needing care: a pure choice from the risks by the policy, most pressing first.

An enrolment alerts if an immediate rule fired, if another rule fired and its risk is at least
`minimum_risk_with_rule`, or if its risk is at least `minimum_risk`. Where the policy alerts on learners, it is the
learner's risk that counts, a rule (other than an immediate one) must have fired in every open enrolment, and one row
is kept: the enrolment most at risk. Those whose course has not started, and those who have been away for longer than
the churn horizon are gone already; they are left to winning back, unless an immediate rule fired.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.care.budget import within_budget
from staycourse.care.priority import priority
from staycourse.care.suggestions import suggestion_of
from staycourse.policy import Policy
from staycourse.risk import RISKS_SCHEMA

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

CANDIDATES_SCHEMA = pa.schema(
    [
        *(field for field in RISKS_SCHEMA if field.name != "days_in"),
        ("priority", pa.float64()), ("trigger", pa.string()), ("due_hours", pa.int32()), ("suggestion", pa.string()),
        ("then", pa.string()),
    ]
)  # fmt: skip
"""Risks that alert, with `priority` (0 to 1), `trigger` (immediate, rule or risk), `due_hours` (someone should act
within) and the names of the suggested answer and of the one after it.
"""


def candidates(risks: pa.Table, policy: Policy, *, already: Collection[tuple[str, str]] = ()) -> pa.Table:
    """Return those who need care that the policy's alert budget has room for; `already` names the (learner, cause)
    whose alert is open and costs nothing.
    """
    return within_budget(needing_care(risks, policy), policy.alerts.budget_per_day, already=already)


def needing_care(risks: pa.Table, policy: Policy) -> pa.Table:
    """Return those of `risks` (RISKS_SCHEMA) that alert under `policy`, as CANDIDATES_SCHEMA, by falling priority.

    Equal priorities are ordered by learner and course, so that the same risks always give the same list.
    """
    by_learner = policy.alerts.on == "learner"
    risk = _numbers(risks, "learner_risk" if by_learner else "risk")
    immediate = _any_rule(risks, {rule.id for rule in policy.rules if rule.immediate})
    ruled = _any_rule(risks, {rule.id for rule in policy.rules if rule.alerts and not rule.immediate})
    awake = (_numbers(risks, "absent_days") <= policy.churn.horizon_days) & (_numbers(risks, "days_in") >= 0)
    if by_learner:
        learner = np.asarray(pc.dictionary_encode(risks["learner"].combine_chunks()).indices, dtype=np.int64)
        immediate, ruled = _some(immediate, learner), ~_some(~ruled, learner)
        awake = _some(awake, learner)
        kept = _most_at_risk(_numbers(risks, "risk"), learner)
    else:
        kept = np.ones(risks.num_rows, dtype=np.bool_)
    ruled = ruled & (risk >= policy.alerts.minimum_risk_with_rule)
    chosen = kept & (immediate | (awake & (ruled | (risk >= policy.alerts.minimum_risk))))
    trigger = np.where(immediate, 0, np.where(ruled, 1, 2))
    places = np.flatnonzero(chosen)
    if not len(places):
        return CANDIDATES_SCHEMA.empty_table()
    return _written(risks.take(pa.array(places)), risk[places], trigger[places], policy)


def _written(risks: pa.Table, risk: Numbers, trigger: npt.NDArray[np.int64], policy: Policy) -> pa.Table:
    alerts, tiers = policy.alerts, policy.tiers
    core = np.asarray(pc.equal(risks["tier"], "core").to_numpy(), dtype=np.bool_)
    due = np.where(core, tiers.core.due_hours, tiers.regular.due_hours)
    due = np.where(trigger == 0, np.minimum(due, alerts.immediate_due_hours), due)
    causes = pc.dictionary_encode(risks["cause"].combine_chunks())
    answers = [suggestion_of(cause, policy) for cause in causes.dictionary.to_pylist()]
    columns = {
        "priority": pa.array(priority(risk, _numbers(risks, "value"), alerts.value_floor)),
        "trigger": pa.array(["immediate", "rule", "risk"], pa.string()).take(pa.array(trigger)),
        "due_hours": pa.array(due.astype(np.int32)),
        "suggestion": pa.array([first for first, _ in answers], pa.string()).take(causes.indices),
        "then": pa.array([then for _, then in answers], pa.string()).take(causes.indices),
    }
    table = pa.table([*risks.drop_columns(["days_in"]).columns, *columns.values()], schema=CANDIDATES_SCHEMA)
    return table.sort_by([("priority", "descending"), ("learner", "ascending"), ("course", "ascending")])


def _any_rule(risks: pa.Table, rules: set[str]) -> Flags:
    """Say for which rows one of `rules` fired."""
    fired = risks["rules"].combine_chunks()
    named = pc.is_in(pc.list_flatten(fired), value_set=pa.array(sorted(rules), pa.string()))
    rows = np.asarray(pc.list_parent_indices(fired), dtype=np.int64)[np.asarray(named, dtype=np.bool_)]
    result = np.zeros(risks.num_rows, dtype=np.bool_)
    result[rows] = True
    return result


def _some(flags: Flags, learner: npt.NDArray[np.int64]) -> Flags:
    """Say for each row whether `flags` holds in some row of the same learner."""
    found = np.zeros(int(learner.max(initial=-1)) + 1, dtype=np.bool_)
    found[learner[flags]] = True
    return found[learner]


def _most_at_risk(risk: Numbers, learner: npt.NDArray[np.int64]) -> Flags:
    """Mark one row of each learner: the one of highest risk, the first of equals."""
    order = np.lexsort((-risk, learner))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = np.diff(learner[order]) != 0
    marked = np.zeros(len(order), dtype=np.bool_)
    marked[order[first]] = True
    return marked


def _numbers(table: pa.Table, column: str) -> Numbers:
    return np.asarray(pc.cast(table[column], pa.float64()).to_numpy(), dtype=np.float64)
