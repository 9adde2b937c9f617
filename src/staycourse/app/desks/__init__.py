"""The answers of a home for people and programs who look."""

# isort: off
from staycourse.app.desks.alert_desk import HomeAlerts
from staycourse.app.desks.care_desk import care_desk
from staycourse.app.desks.reading import PageWish, Readings, RiskWish
from staycourse.app.desks.weekly_desk import HomeWeeks

__all__ = [
    "HomeAlerts", "HomeWeeks", "PageWish", "Readings", "RiskWish", "care_desk",
]  # fmt: skip
