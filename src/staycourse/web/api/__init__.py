"""The HTTP API: facts in, answers out, for platforms' programs. Each request belongs to its key's tenant alone."""

from staycourse.web.api.access import Access, Administering, Doorkeeper, Reading, Writing, admitted_for, credentials
from staycourse.web.api.parts import Parts, parts_of
from staycourse.web.api.problems import Problem, TooLarge, UnknownForm, problem_of, refusal
from staycourse.web.api.site import api_app

__all__ = [
    "Access", "Administering", "Doorkeeper", "Parts", "Problem", "Reading", "TooLarge", "UnknownForm", "Writing",
    "admitted_for", "api_app", "credentials", "parts_of", "problem_of", "refusal",
]  # fmt: skip
