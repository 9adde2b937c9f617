"""The pages of what is connected: the doors and what came in, keys, people, platforms, webhooks."""

from staycourse.web.console.connections.routes import add_connection_routes

__all__ = ["add_connection_routes"]
