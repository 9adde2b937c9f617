"""The console's door: sign-in, who may see and do what, and launches from learning platforms."""

from staycourse.web.access.gate import Gate
from staycourse.web.access.lti_pages import POSTED_TO, add_lti_routes
from staycourse.web.access.pages import add_sign_in_routes
from staycourse.web.access.permits import PERMITS, acts_on, allowed, answers_alerts, may, navigation_of

__all__ = [
    "Gate", "PERMITS", "POSTED_TO", "acts_on", "add_lti_routes", "add_sign_in_routes", "allowed",
    "answers_alerts", "may", "navigation_of",
]  # fmt: skip
