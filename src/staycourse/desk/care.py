"""What the console's pages of care ask, one part a topic; a part that is None has no page."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from staycourse.desk.alerting import AlertDesk


@dataclass(frozen=True, slots=True)
class CareDesk:
    """The parts of care that people look at and act on. Instants are shown in `zone`, the tenant's."""

    zone: ZoneInfo
    alerts: AlertDesk | None = None
