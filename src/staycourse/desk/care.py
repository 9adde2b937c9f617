"""What the console's pages of care ask, one part a topic; a part that is None has no page."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from staycourse.desk.advising import AdvisorDesk
from staycourse.desk.alerting import AlertDesk
from staycourse.desk.delivering import DeliveryDesk
from staycourse.desk.evidence import EvidenceDesk
from staycourse.desk.people import PeopleDesk
from staycourse.desk.playbooks import PlaybookDesk


@dataclass(frozen=True, slots=True)
class CareDesk:
    """The parts of care that people look at and act on. Instants are shown in `zone`, the tenant's."""

    zone: ZoneInfo
    alerts: AlertDesk | None = None
    advisors: AdvisorDesk | None = None
    deliveries: DeliveryDesk | None = None
    people: PeopleDesk | None = None
    playbooks: PlaybookDesk | None = None
    evidence: EvidenceDesk | None = None
