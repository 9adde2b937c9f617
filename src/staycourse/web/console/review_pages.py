"""The routes of what is reviewed and decided: playbooks, evidence, policy, the weekly review."""

from __future__ import annotations

from fastapi import FastAPI

from staycourse.desk import CareDesk
from staycourse.kernel import Clock
from staycourse.web.console.evidence_pages import add_evidence_routes
from staycourse.web.console.playbook_pages import add_playbook_routes
from staycourse.web.console.policy_pages import add_policy_routes
from staycourse.web.console.weekly_pages import add_weekly_routes
from staycourse.web.rendering import Renderer


def add_review_routes(app: FastAPI, care: CareDesk | None, tenant: str, clock: Clock, renderer: Renderer) -> None:
    """Give `app` the pages that the parts of `care` are there for."""
    add_playbook_routes(app, care, tenant, clock, renderer)
    add_evidence_routes(app, care, tenant, renderer)
    add_policy_routes(app, care, tenant, clock, renderer)
    add_weekly_routes(app, care, tenant, renderer)
    if care is not None and care.caveat is not None:
        renderer.caveat = care.caveat
