"""The operator's face of the product: the console's pages over a Desk."""

from staycourse.web.console import console_app
from staycourse.web.weekly import weekly_view
from staycourse.web.weekly_files import weekly_html, weekly_markdown

__all__ = ["console_app", "weekly_html", "weekly_markdown", "weekly_view"]
