"""Care as people look at it and act on it, over one home's books: the only place where the two meet."""

from __future__ import annotations

from functools import partial

from staycourse.app.care.care import Care
from staycourse.app.desks.advisor_desk import HomeAdvisors
from staycourse.app.desks.alert_desk import HomeAlerts
from staycourse.app.desks.delivery_desk import HomeDeliveries
from staycourse.app.desks.evidence_desk import HomeEvidence
from staycourse.app.desks.people_desk import HomePeople
from staycourse.app.desks.playbook_desk import HomePlaybooks
from staycourse.app.desks.policy_desk import HomePolicies
from staycourse.app.desks.template_desk import HomeTemplates
from staycourse.app.desks.weekly_desk import HomeWeeks, caveat_of
from staycourse.desk import CareDesk


def care_desk(care: Care) -> CareDesk:
    """Return the parts of the console's pages of care."""
    return CareDesk(
        zone=care.home.zone,
        alerts=HomeAlerts(care),
        advisors=HomeAdvisors(care),
        deliveries=HomeDeliveries(care),
        people=HomePeople(care),
        templates=HomeTemplates(care),
        playbooks=HomePlaybooks(care),
        evidence=HomeEvidence(care),
        policies=HomePolicies(care),
        weekly=HomeWeeks(care),
        caveat=partial(caveat_of, care, care.home.tenant),
    )
