"""Secrets: named in the configuration, kept in the environment, never shown."""

from __future__ import annotations

from collections.abc import Mapping

from staycourse.care import TransportFault


class Secret:
    """The environment variable `name`, read when it is needed. Its representation never holds its value."""

    def __init__(self, environment: Mapping[str, str], name: str) -> None:
        self._environment = environment
        self.name = name

    def value(self) -> str:
        """Return the secret; a temporary TransportFault if the variable is not set."""
        found = self._environment.get(self.name, "")
        if not found:
            raise TransportFault("the environment variable is not set", where=self.name,
                                 mend="set it where staycourse is started")  # fmt: skip
        return found

    def __repr__(self) -> str:
        return f"Secret({self.name})"
