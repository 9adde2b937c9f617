"""What the console's pages of care ask, one part a topic; a part that is None has no page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CareDesk:
    """The parts of care that people look at and act on."""
