"""The operator's face of the product: the console's pages over a Desk."""

from staycourse.web.console import console_app

__all__ = ["console_app"]
