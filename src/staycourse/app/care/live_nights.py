"""What a night leaves for the live path: how its peers stood, what it knew of each learner, by which model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow.compute as pc

from staycourse.app.care.care_nights import CareNight
from staycourse.app.homes.home import Home
from staycourse.live import LastNight
from staycourse.loop import Found
from staycourse.policy import Policy
from staycourse.risk import KnownTiers, LightGBMModel, Scorecard, load_model
from staycourse.signals import CATALOGUE, bases_of, of_course

COMPARED = frozenset(bases_of([signal for signal in CATALOGUE if signal.of])) | {
    one.name for one in of_course(CATALOGUE)
}
"""The signals by which peers are compared, and those that are the same of everyone in a course."""

_KNOWN = ("learner", "value", "tier", "paid_minor", "currency")


@dataclass(frozen=True, slots=True)
class LiveNight:
    """Implements loop.Care: as CareNight, and keeps how the night's peers stood, for who moves among them by day."""

    home: Home
    care: CareNight

    def already(self, tenant: str) -> set[tuple[str, str]]:
        """See CareNight."""
        return self.care.already(tenant)

    def asks(self, policy: Policy) -> frozenset[str]:
        """Return the signals that care reads, and those that the live path has from the night."""
        return self.care.asks(policy) | COMPARED

    def night(self, tenant: str, as_of: date, policy: Policy, found: Found) -> None:
        """See CareNight."""
        from staycourse.adapters.engines.duckdb import standings_of  # brings ibis and its SQL compilers along

        self.home.shelf.keep_peers(tenant, as_of, standings_of(found.signals))
        self.care.night(tenant, as_of, policy, found)


def night_of(home: Home, tenant: str, as_of: date, model: str | None, policy: Policy) -> LastNight | None:
    """Return what a night knew, and its model where that still answers the policy's question."""
    risks = home.shelf.risks(tenant, as_of)
    if risks is None:
        return None
    known = risks.select(list(_KNOWN))
    first = pc.unique(known["learner"].combine_chunks())
    tiers = KnownTiers.of(known.take(pc.index_in(first, value_set=known["learner"].combine_chunks())))
    entry = home.store.model(tenant, model) if model else None
    loaded = load_model(home.shelf.model_folder(tenant, entry.model)) if entry is not None else None
    if isinstance(loaded, LightGBMModel) and loaded.fits(policy):
        return LastNight(as_of, tiers, loaded, loaded.model_id)
    return LastNight(as_of, tiers, Scorecard.from_policy(policy), "")
