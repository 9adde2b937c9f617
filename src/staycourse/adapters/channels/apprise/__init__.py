"""SMS, app push, WeCom, DingTalk, Feishu and the rest, through the Apprise library."""

from staycourse.adapters.channels.apprise.transport import AppriseChannel

__all__ = ["AppriseChannel"]
