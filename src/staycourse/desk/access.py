"""Who may look and act: roles, members, and what a signed-in reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

OWNER, OPERATOR, ADVISOR, TEACHER, READ_ONLY = "owner", "operator", "advisor", "teacher", "read-only"

ROLES = (OWNER, OPERATOR, ADVISOR, TEACHER, READ_ONLY)
"""Owner: everything; operator: everything but people and keys; advisor: alerts, tasks and what learners said; teacher:
looks at the learners of their own courses; read-only: looks at everything."""

LONGEST_LOGIN = 60


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may sign in. `courses` are a teacher's; `platform` is the learning platform they come from, if any.

    `settled` says that the role was given by hand, so that no launch changes it. `entered` is the newest sign-in.
    """

    member: str
    login: str
    name: str
    role: str
    courses: tuple[str, ...]
    platform: str
    settled: bool
    added: datetime
    entered: datetime | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A reader who has signed in. `login` stands beside whatever they do.

    `courses` are those whose learners they may see; None: every learner.
    """

    member: str
    login: str
    name: str
    role: str
    courses: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Platform:
    """A learning platform that may launch people here (LTI 1.3: issuer, client id, deployments, where its keys are).

    `administrators` is the role that its administrators get. `course_from` says what names a course of ours: the
    context's id, its label, the section's sourcedId, or only the operator's own map.
    """

    platform: str
    issuer: str
    client_id: str
    login_url: str
    token_url: str
    keys_url: str
    keys: dict[str, object]
    deployments: tuple[str, ...]
    administrators: str
    course_from: str
    added: datetime
