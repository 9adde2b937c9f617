"""What the pages over one desk of care share."""

from __future__ import annotations

from typing import Generic, TypeVar

from staycourse.desk import CareDesk
from staycourse.kernel import Clock
from staycourse.web.rendering import Renderer

Desk = TypeVar("Desk")


class DeskPages(Generic[Desk]):
    """The handlers over one of the desks of a tenant's care: whose, by which clock, and what draws them."""

    def __init__(self, care: CareDesk, desk: Desk, tenant: str, clock: Clock, renderer: Renderer) -> None:
        self._care, self._desk, self._tenant = care, desk, tenant
        self._clock, self._renderer = clock, renderer
