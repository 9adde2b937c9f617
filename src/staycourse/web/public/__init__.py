"""The learner's pages: the way out of messages, what to receive, answers, the inbox. Safe on a public address."""

from staycourse.web.public.site import public_app

__all__ = ["public_app"]
