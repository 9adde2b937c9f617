"""What is said of each thing that a webhook is told: plain fields, the same names that the API gives."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from staycourse.adapters.store import schema

_ALERT: Final = (
    "alert", "learner", "course", "cause", "tier", "trigger", "state", "risk", "suggestion", "opened", "as_of", "due",
    "closed", "closed_by", "playbook", "policy_version",
)  # fmt: skip
_JOURNEY: Final = (
    "journey", "learner", "course", "playbook", "alert", "cause", "tier", "arm", "state", "entered", "left_at",
    "reason",
)  # fmt: skip
_MESSAGE: Final = (
    "key", "learner", "course", "playbook", "purpose", "template", "channel", "state", "reason", "created", "sent",
)  # fmt: skip
_RUN: Final = ("as_of", "started", "finished", "enrolments", "candidates", "basis", "model", "policy_version")

HASH: Final = "blake2b-128, keyed with the salt's bytes"


def happening(connection: Connection, tenant: str, kind: str, subject: str) -> dict[str, Any]:
    """Return what is said of `subject`, as it is now; only its name where it is there no more.

    Of an erased learner nothing is kept but a keyed hash: whoever knows the ids finds the one it is of.
    """
    match kind.partition(".")[0]:
        case "alert":
            found = _row(connection, schema.alerts, tenant, "alert", subject, _ALERT)
            found |= {"risk": found["risk"] or None} if "risk" in found else {}  # 0: no night has computed one
        case "journey":
            found = _row(connection, schema.journeys, tenant, "journey", int(subject), _JOURNEY)
        case "message":
            found = _row(connection, schema.messages, tenant, "key", subject, _MESSAGE)
        case "risk":
            found = _row(connection, schema.runs, tenant, "as_of", date.fromisoformat(subject[:10]), _RUN)
        case "learner":
            salt = _row(connection, schema.erasures, tenant, "mark", subject, ("salt",)).get("salt", "")
            found = {"mark": subject, "salt": salt, "hash": HASH}
        case _:
            found = {"test": subject}
    return dict(found)


def _row(
    connection: Connection, table: Table, tenant: str, key: str, value: object, names: tuple[str, ...]
) -> dict[str, Any]:
    asked = select(*(table.c[name] for name in names)).where(table.c.tenant == tenant, table.c[key] == value)
    found = connection.execute(asked).mappings().first()
    return dict(found) if found is not None else {key: value}
