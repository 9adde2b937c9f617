"""Which signals care reads of everyone each night: an engine that scores elsewhere hands over these and no others."""

from __future__ import annotations

from staycourse.policy import BranchStep, Policy

OF_STAGES = frozenset({
    "activity_3d", "activity_30d", "activity_total", "lessons_completed_total", "days_absent", "active_days_7d",
    "active_days_30d", "expiries_30d", "paid_total", "days_since_payment",
})  # fmt: skip
"""What `stages` and `entries_of_night` read under whatever policy; the test of the two holds it to them."""


def signals_asked(policy: Policy) -> frozenset[str]:
    """Return the signals that stages, the policy's segments and its branches ask."""
    found = set(OF_STAGES)
    for playbook in policy.playbooks.values():
        found |= {condition.signal for condition in playbook.enter.when}
        found |= {step.name for step in playbook.steps if isinstance(step, BranchStep) and step.on == "signal"}
    return frozenset(found)
