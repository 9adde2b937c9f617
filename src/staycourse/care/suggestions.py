"""The matching answer to a cause."""

from __future__ import annotations

from staycourse.policy import Policy


def suggestion_of(cause: str, policy: Policy) -> tuple[str, str]:
    """Return the names of the first answer to `cause` and of the one after it (messages `suggestion.<name>.name`).

    A cause that the policy no longer has (an older run named it) gets the answer for those whose cause is not clear.
    """
    found = policy.cause(cause) or policy.cause(policy.causes.otherwise)
    return (found.first, found.then) if found else ("", "")
