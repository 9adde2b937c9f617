"""The small resources: what this server speaks, what it knows of an activity, and of an agent.

xAPI 1.0.3 part 3, sections 2.4, 2.5 and 2.8; xAPI 2.0, sections 4.1.6.3, 4.1.6.4 and 4.1.6.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from staycourse.app.intake import RecordStore
from staycourse.web.api.xapi.request import Asked, Reply, said
from staycourse.xapi import ACTIVITY, AGENT, activity_of, agent_of, identity, json_of, known, person, term

VERSIONS: Final = ("1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0")


def about() -> Reply:
    """Say which versions are spoken here; asked without a key."""
    return said({"version": VERSIONS})


@dataclass(frozen=True, slots=True)
class ActivityResource:
    """Answers requests for activities."""

    records: RecordStore

    def get(self, asked: Asked) -> Reply:
        """Give out all that statements said of an activity."""
        named = activity_of(asked.parameters)
        self.records.wait()
        found: dict[str, Any] = {"objectType": "Activity", "id": named}
        told = self.records.statements.definition(asked.access.tenant, term(ACTIVITY, named))
        return said(found | ({"definition": json_of(told.encode())} if told else {}))


@dataclass(frozen=True, slots=True)
class AgentResource:
    """Answers requests for agents."""

    records: RecordStore

    def get(self, asked: Asked) -> Reply:
        """Give out the Person that an agent is."""
        known(asked.parameters, {"agent"})
        agent = agent_of(asked.parameters)
        self.records.wait()
        names = self.records.statements.names(asked.access.tenant, term(AGENT, identity(agent)))
        return said(person(agent, names))
