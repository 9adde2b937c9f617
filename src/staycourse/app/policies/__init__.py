"""Policies of a home: checked, accepted, rolled back, tried on the past."""

# isort: off
from staycourse.app.policies.fitting import load_fitting, setup_of, take_policy_file, unaccepted
from staycourse.app.policies.policies import (
    PolicyAccepted, PolicyCheck, PolicyEntry, accept_policy, backtest_policy, check_policy, fit_policy_budget,
    policy_text, policy_versions, propose_policy, rollback_policy, write_policy_file,
)  # fmt: skip
from staycourse.app.policies.trial_work import trials_at_work

__all__ = [
    "PolicyAccepted", "PolicyCheck", "PolicyEntry", "accept_policy", "backtest_policy", "check_policy",
    "fit_policy_budget", "load_fitting", "policy_text", "policy_versions", "propose_policy", "rollback_policy",
    "setup_of", "take_policy_file", "trials_at_work", "unaccepted", "write_policy_file",
]  # fmt: skip
