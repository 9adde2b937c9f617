"""What evidence and tallies are, told ending by ending: the plain words by which counting in SQL is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from staycourse.kernel import Money, local_day
from staycourse.review import AlertFacts, Ended, EndingTally, Leaver, Seen

HELD = ("held_out", "global_hold_out")
Unwanted = Mapping[str, Mapping[str, Sequence[datetime]]]

GROUPS: Mapping[str, Callable[[AlertFacts], tuple[str, ...]]] = {
    "all": lambda _: ("",),
    "rule": lambda facts: facts.rules,
    "cause": lambda facts: (facts.cause,),
    "tier": lambda facts: (facts.tier,),
    "playbook": lambda facts: (facts.playbook,) if facts.playbook else (),
    "channel": lambda facts: (facts.channel,) if facts.channel else (),
}


def tallies(ended: Sequence[Ended], by: str, leavers: Sequence[Leaver]) -> dict[str, EndingTally]:
    """Return the tally of each group by its name."""
    names = sorted({name for one in ended for name in GROUPS[by](one.facts)})
    return {
        name: _tally([one for one in ended if name in GROUPS[by](one.facts)], _recall(ended, by, name, leavers))
        for name in names
    }


def _tally(ended: Sequence[Ended], recall: float | None) -> EndingTally:
    judged = [one for one in ended if one.ending != "not_judged"]
    held = [one for one in judged if one.facts.arm in HELD]
    helped = [one for one in judged if one.facts.arm not in HELD]
    saved = sum(one.ending == "saved" for one in judged)
    leads = [one.lead_days for one in judged if one.lead_days is not None]
    spent = sum(one.facts.cost_minor for one in judged)
    return EndingTally(
        n=len(judged), not_judged=len(ended) - len(judged), churned=_churned(judged), saved=saved,
        false_alarms=sum(one.ending == "false_alarm" for one in judged), n_untreated=len(held),
        precision_untreated=_churned(held) / len(held) if held else None,
        precision_treated=_churned(helped) / len(helped) if helped else None, recall=recall,
        median_lead_days=float(median(leads)) if leads else None,
        contacted_despite_hold_out=sum(one.facts.contacted_on is not None for one in held),
        cost=Money(spent, "CNY") if spent else None,
        cost_per_saved=Money(round(spent / saved), "CNY") if spent and saved else None,
    )  # fmt: skip


def _churned(ended: Sequence[Ended]) -> int:
    return sum(one.ending == "churned" for one in ended)


def _recall(ended: Sequence[Ended], by: str, name: str, leavers: Sequence[Leaver]) -> float | None:
    mine = [leaver for leaver in leavers if by != "tier" or leaver.tier == name]
    if by in ("playbook", "channel") or not mine:
        return None
    found = 0
    for leaver in mine:
        before = [
            one.facts for one in ended
            if (one.facts.learner, one.facts.course) == (leaver.learner, leaver.course)
            and one.facts.as_of < leaver.left_on <= one.facts.due_on
        ]  # fmt: skip
        found += any(by == "tier" or name in GROUPS[by](facts) for facts in before)
    return found / len(mine)


def seen(ended: Sequence[Ended], playbook: str | None, unwanted: Unwanted, zone: ZoneInfo) -> dict[str, list[Seen]]:
    """Return who is compared by a playbook's alerts, None for all care, one by one and by tier."""
    first: dict[str, Ended] = {}
    for one in sorted(ended, key=lambda one: (one.facts.as_of, one.facts.alert)):
        facts = one.facts
        ours = playbook is None or (facts.playbook == playbook and facts.arm != "global_hold_out")
        if ours and facts.tier in ("core", "regular") and facts.arm != "exempt" and not facts.cut_short:
            first.setdefault(facts.learner, one)
    found: dict[str, list[Seen]] = {}
    for one in first.values():
        held = one.facts.arm == ("global_hold_out" if playbook is None else "held_out")
        met = {what: 1 for what, when in unwanted.items() if _within(one, when, zone)}
        found.setdefault(one.facts.tier, []).append(Seen(one.facts.tier, held, 1, int(one.ending != "churned"), met))
    return found


def _within(one: Ended, when: Mapping[str, Sequence[datetime]], zone: ZoneInfo) -> bool:
    facts = one.facts
    return any(facts.as_of < local_day(at, zone) <= facts.due_on for at in when.get(facts.learner, ()))
