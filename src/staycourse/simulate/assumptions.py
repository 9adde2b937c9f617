"""What the simulator takes for true: causes, effects of answers, how messages are received. All of it is made up.

Effects are log-odds on returning within the horizon of the day on which a message was opened (0 none, +0.7 doubles the
odds). They are not measured anywhere; they are chosen large, so that few learners show them, and so that answers
differ, some of the first ones are the worse ones, and wrong answers do next to nothing. docs/simulator.md shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Any

CAUSES: Mapping[str, float] = {
    "too_hard": 0.24, "no_time": 0.24, "not_gripping": 0.16, "alone": 0.16, "price": 0.08, "unhappy": 0.06,
    "class_quality": 0.06,
}  # fmt: skip
"""How many learners have which latent cause: it never changes, and shows only once they drift."""

EFFECTS: Mapping[str, Mapping[str, float]] = {
    "too_hard": {"tutoring": 0.6, "prerequisite": 2.5},
    "no_time": {"short_pieces": 2.2, "lighter_goal": 0.8},
    "not_gripping": {"own_interest": 0.4, "stage_test": 2.4},
    "alone": {"camp": 1.8, "buddy": 1.0},
    "price": {"fitting_package": 1.6},
    "unhappy": {"person_answers": 2.0},
    "class_quality": {"apology": 1.6},
}
"""The true effect of a playbook on learners of a latent cause; of any other pair it is `otherwise`."""

QUESTION = "friendly_question"
"""What is sent where no cause was found: a little for everybody, whatever their latent cause."""

WIN_BACK = "win_back"
"""What is sent to who is gone: a little for everybody too. No other playbook of the lifecycle has an effect."""

CARING = frozenset(name for answers in EFFECTS.values() for name in answers) | {QUESTION, WIN_BACK}
"""The playbooks whose messages can have an effect."""


def own_policy() -> str:
    """Return the text of the policy of simulations."""
    return files("staycourse.simulate").joinpath("policy.toml").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Reception:
    """How a message is received: chances. `fatigue` is added to the chance to unsubscribe for each message of 30 days.

    A reply, a click, an unsubscription and a complaint need an opened message. `bounces` is the share of addresses that
    never worked.
    """

    opens: float = 0.6
    clicks: float = 0.25
    replies: float = 0.03
    unsubscribes: float = 0.006
    fatigue: float = 0.004
    complains: float = 0.002
    bounces: float = 0.01


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything that is made up.

    `otherwise` is the effect of any pair that `effects` does not name, `question` that of the friendly question,
    `win_back` that of winning back. An answer opened for the n-th time has effect x fade^(n-1). `never`: the share
    of drifts that would not end by themselves, and `variety` the standard deviation, over learners, of its log-
    odds. `found`: how often the pure driver finds the latent cause (the full product infers it by itself from
    events). `advisor_reaches`: how often a person who calls reaches the learner; `person`: by how much more a
    person's answer does than a message's. `minors`: the share of learners under age, and `guardians` how many of
    these have a guardian's address.
    """

    causes: Mapping[str, float] = field(default_factory=lambda: dict(CAUSES))
    effects: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: dict(EFFECTS))
    otherwise: float = 0.1
    question: float = 1.2
    win_back: float = 1.6
    fade: float = 0.6
    never: float = 0.4
    found: float = 0.8
    variety: float = 0.6
    advisor_reaches: float = 0.6
    person: float = 1.5
    minors: float = 0.15
    guardians: float = 0.8
    reception: Reception = field(default_factory=Reception)

    def effect(self, cause: str, playbook: str, before: int) -> float:
        """Return the true effect of `playbook` on a learner of latent `cause` who opened it `before` times already."""
        if playbook not in CARING:
            return 0.0
        usual = {QUESTION: self.question, WIN_BACK: self.win_back}.get(playbook, self.otherwise)
        return float(self.effects.get(cause, {}).get(playbook, usual) * self.fade**before)

    def told(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return asdict(self)
