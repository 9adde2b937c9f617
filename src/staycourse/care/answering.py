"""The answer to an alert: who is kept out by the draw, which playbook is chosen for the others, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from staycourse.care.holdout import draw
from staycourse.care.records import EVERYTHING, Alert, Draw, Entry
from staycourse.kernel import natural_id
from staycourse.policy import Policy

Choose = Callable[[Alert, Sequence[str]], tuple[str, str]]
"""Which of several playbooks (by falling priority) answers an alert, and on what basis."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an alert gets: an `entry` with its `draw`; or nothing, for `withheld` (no_playbook, held_out).

    `whole` is the learner's draw for everything, None where it was not asked. `basis` is why that playbook:
    the `only` one that fits, or what the chooser said.
    """

    alert: Alert
    whole: Draw | None = None
    draw: Draw | None = None
    entry: Entry | None = None
    withheld: str = ""
    basis: str = ""


def answers(
    alerts: Sequence[Alert],
    policy: Policy,
    choose: Choose,
    exempt: Callable[[Alert, Policy], bool],
    drawn: Mapping[str, str],
) -> list[Answer]:
    """Decide for each alert. The hold-out of everything is drawn first, then the playbook is chosen, then its own draw.

    `drawn` are the arms of the learners whose global draw was made before: the first one holds for ever.
    """
    return [_answer(alert, policy, choose, exempt(alert, policy), drawn.get(alert.learner)) for alert in alerts]


def options(cause: str, tier: str, policy: Policy) -> tuple[str, ...]:
    """Return the playbooks that answer `cause` for learners of `tier`, the first choice first."""
    fitting = [
        (-playbook.priority, name)
        for name, playbook in policy.playbooks.items()
        if playbook.enabled and cause in playbook.enter.causes and tier in playbook.enter.tiers
    ]
    return tuple(name for _, name in sorted(fitting))


def _answer(alert: Alert, policy: Policy, choose: Choose, exempt: bool, drawn: str | None) -> Answer:
    fitting = options(alert.cause, alert.tier, policy)
    if not fitting:
        return Answer(alert, withheld="no_playbook")
    holdout = policy.care.holdout
    whole = draw(alert.learner, EVERYTHING, alert.tier, share=holdout.share, salt=holdout.salt, exempt=exempt)
    if (whole.arm if exempt else drawn or whole.arm) == "held_out":
        return Answer(alert, whole=whole, withheld="held_out")
    playbook, basis = (fitting[0], "only") if len(fitting) == 1 else choose(alert, fitting)
    share = policy.playbooks[playbook].holdout_share
    own = draw(alert.learner, playbook, alert.tier, share=share, salt=holdout.salt, exempt=exempt)
    entry = Entry(
        learner=alert.learner,
        course=alert.course,
        playbook=playbook,
        entry=f"alert:{alert.alert}" + (f":{natural_id(alert.event_id)}" if alert.event_id else ""),
        tier=alert.tier,
        alert=alert.alert,
        cause=alert.cause,
        exempt=exempt,
    )
    return Answer(alert, whole=whole, draw=own, entry=entry, basis=basis)
