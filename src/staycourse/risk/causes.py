"""Why: the cause that the evidence speaks for, by the mapping that the policy states.

Evidence for a cause = the sum of the contributions (log-odds, exact shares of the score) of the signals that speak
for it + the evidence of its rules that fired. The most evidence wins, ties go to the cause that stands first in the
policy, and below `minimum_evidence` the cause is `otherwise`. In the first days it is `starting` unless a decisive
rule fired; later only rules speak for that (who has never begun), no signals.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from staycourse.policy import CausesPolicy, RulePolicy
from staycourse.risk.rules import FiredRules, Numbers
from staycourse.risk.scores import Floats, added


def cause_of_signal(signal: str, policy: CausesPolicy) -> str:
    """Return the cause that `signal` speaks for, "" for none."""
    for cause in policy.list:
        if any(fnmatchcase(signal, pattern) for pattern in cause.signals):
            return cause.id
    return ""


def evidence(contributions: Numbers, signals: Sequence[str], fired: FiredRules, policy: CausesPolicy) -> Numbers:
    """Return the evidence [row, cause] in log-odds, causes in the policy's order."""
    of_signal, of_rule = _evidence_of(tuple(signals), fired.rules, policy)
    by_signal = added(contributions, of_signal)
    by_signal[:, [cause.id for cause in policy.list].index(policy.starting)] = 0.0
    return by_signal + added(fired.fired, of_rule)


@lru_cache(maxsize=16)
def _evidence_of(
    signals: tuple[str, ...], rules: tuple[RulePolicy, ...], policy: CausesPolicy
) -> tuple[Floats, Floats]:
    """Return for which cause each signal speaks, and how much each rule says for which."""
    place = {cause.id: number for number, cause in enumerate(policy.list)}
    of_signal = np.zeros((len(signals), len(place)))
    for number, signal in enumerate(signals):
        cause = cause_of_signal(signal, policy)
        if cause:
            of_signal[number, place[cause]] = 1.0
    of_rule = np.zeros((len(rules), len(place)))
    for number, rule in enumerate(rules):
        if rule.cause:
            of_rule[number, place[rule.cause]] = rule.evidence
    return of_signal, of_rule


def name_causes(
    contributions: Numbers, signals: Sequence[str], fired: FiredRules, days_in: Numbers, policy: CausesPolicy
) -> npt.NDArray[np.int64]:
    """Return the place in `policy.list` of each row's cause. `days_in` counts days since the learner's start (0
    first).
    """
    found = evidence(contributions, signals, fired, policy)
    names = [cause.id for cause in policy.list]
    starting, otherwise = names.index(policy.starting), names.index(policy.otherwise)
    best = np.argmax(found, axis=1)
    clear = found[np.arange(len(found)), best] >= policy.minimum_evidence
    named = np.where(clear, best, otherwise)
    decisive = fired.fired[:, [number for number, rule in enumerate(fired.rules) if rule.decisive]].any(axis=1)
    return np.where((days_in <= policy.starting_days) & ~decisive, starting, named).astype(np.int64)
