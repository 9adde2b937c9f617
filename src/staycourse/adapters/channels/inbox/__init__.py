"""The in-app inbox, kept in our own store."""

from staycourse.adapters.channels.inbox.transport import InboxChannel, InboxKeeper

__all__ = ["InboxChannel", "InboxKeeper"]
