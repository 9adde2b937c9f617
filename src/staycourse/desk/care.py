"""What the console's pages of care ask, one part a topic; a part that is None has no page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from staycourse.desk.advising import AdvisorDesk
from staycourse.desk.alerting import AlertDesk
from staycourse.desk.delivering import DeliveryDesk
from staycourse.desk.evidence import EvidenceDesk
from staycourse.desk.people import PeopleDesk
from staycourse.desk.playbooks import PlaybookDesk
from staycourse.desk.policies import PolicyDesk
from staycourse.desk.weekly import Caveat, WeeklyDesk
from staycourse.desk.wording import TemplateDesk


@dataclass(frozen=True, slots=True)
class CareDesk:
    """The parts of care that people look at and act on. Instants are shown in `zone`, the tenant's.

    `caveat` says what stands over every figure: then every page says so.
    """

    zone: ZoneInfo
    alerts: AlertDesk | None = None
    advisors: AdvisorDesk | None = None
    deliveries: DeliveryDesk | None = None
    people: PeopleDesk | None = None
    templates: TemplateDesk | None = None
    playbooks: PlaybookDesk | None = None
    evidence: EvidenceDesk | None = None
    policies: PolicyDesk | None = None
    weekly: WeeklyDesk | None = None
    caveat: Callable[[], Caveat] | None = None
