"""Who qualifies for a coupon: the campaign's stated rule and nothing else (PIPL art. 24: no price by risk)."""

from __future__ import annotations

from datetime import date

from staycourse.events import Learner
from staycourse.policy import CampaignPolicy


def qualifies(learner: Learner, course: str, campaign: CampaignPolicy, today: date) -> bool:
    """Say whether `learner`, in `course`, may have a coupon of `campaign` today; what is not known does not fit."""
    if not date.fromisoformat(campaign.opens) <= today <= date.fromisoformat(campaign.closes):
        return False
    if campaign.countries and learner.country not in campaign.countries:
        return False
    if campaign.courses and course not in campaign.courses:
        return False
    if campaign.paid_at_least_minor and not (
        learner.currency == campaign.currency and (learner.paid_minor or 0) >= campaign.paid_at_least_minor
    ):
        return False
    tenure = (today - learner.joined_on).days if learner.joined_on else 0
    return tenure >= campaign.tenure_days
