"""Learners who answer: a documented model on top of real histories, through the real product. Nothing of it is real."""

# isort: off
from staycourse.simulate.assumptions import Assumptions, Reception, own_policy
from staycourse.simulate.checking import Broken, broken_promises
from staycourse.simulate.driver import Plan, simulate
from staycourse.simulate.habits import Fitted, fit
from staycourse.simulate.histories import oulad_history
from staycourse.simulate.preparing import MARK, TENANT
from staycourse.simulate.pure import run_pure, simulation_policy
from staycourse.simulate.pure_run import PureRun
from staycourse.simulate.truth import Effect, Found, Report, compared, true_uplift

__all__ = [
    "Assumptions", "Broken", "Effect", "Fitted", "Found", "MARK", "Plan", "PureRun", "Reception", "Report", "TENANT",
    "broken_promises", "compared", "fit", "oulad_history", "own_policy", "run_pure", "simulate", "simulation_policy",
    "true_uplift",
]  # fmt: skip
