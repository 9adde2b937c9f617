"""The console: Today, Learner, Churn definition."""

from staycourse.web.console.pages import console_app

__all__ = ["console_app"]
