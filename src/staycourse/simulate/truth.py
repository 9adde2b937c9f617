"""What is true of a simulation, exactly: what each learner would have done by themselves, beside what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from staycourse.adapters.store.care import EntryBook, JudgingBook
from staycourse.app.homes import Home
from staycourse.policy import Policy
from staycourse.review import Ended, EntryEnded, Stratum, seen_of_endings, strata_by_tier, strata_of, weigh
from staycourse.simulate.checking import Broken, broken_promises
from staycourse.simulate.cohort import Nature, alone
from staycourse.simulate.histories import History
from staycourse.simulate.world import World
from staycourse.tick import Tick

FILE = "truth.json"


@dataclass(frozen=True, slots=True)
class Effect:
    """One alert: how it ended, whether the learner would have stayed without this answer, and the difference."""

    alert: str
    learner: str
    as_of: str
    cause: str
    latent: str
    playbook: str
    arm: str
    stayed: bool
    alone: bool

    @property
    def effect(self) -> int:
        """Return what the answer did to this learner: +1 saved, -1 lost, 0 nothing."""
        return int(self.stayed) - int(self.alone)


@dataclass(frozen=True, slots=True)
class Found:
    """A playbook ("" all care): its true uplift among the treated, and what review found (None: nothing yet)."""

    playbook: str
    treated: int
    held: int
    true: float
    found: float | None
    fixed: tuple[float, float] | None
    always_valid: tuple[float, float] | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a simulation came to. `saved` counts alerts that ended well because of an answer; all of it is simulated."""

    simulated: bool
    seed: int
    history: str
    learners: int
    days: int
    events: int
    sent: int
    failed: int
    alerts: int
    judged: int
    saved: int
    held_out: int
    playbooks: tuple[Found, ...]
    broken: tuple[Broken, ...]
    truth: str


def reported(home: Home, world: World, history: History, done: Tick, policy: Policy) -> Report:
    """Write the truth into the home and return the report."""
    ended = JudgingBook(home.database).endings(home.tenant)
    by_itself = endings_alone(ended, world)
    effects = effects_of(ended, by_itself, world)
    shares = {name: book.holdout_share for name, book in policy.playbooks.items()}
    found = compared(ended, by_itself, shares, policy.care.holdout.share)
    entries = list(EntryBook(home.database).endings(home.tenant))
    entries_alone = won_back_alone(entries, world)
    found += compared_entries(entries, entries_alone, shares)
    place = home.path / FILE
    _write(place, world, history, effects, found, list(zip(entries, entries_alone, strict=True)))
    return Report(
        simulated=True, seed=world.seed, history=history.name, learners=len(history.learners),
        days=world.learned.shape[1], events=done.events, sent=done.sent, failed=done.failed, alerts=done.opened,
        judged=len(ended), saved=sum(one.effect for one in effects), held_out=done.held_out, playbooks=tuple(found),
        broken=tuple(broken_promises(home, policy)), truth=str(place),
    )  # fmt: skip


def won_back_alone(entries: Sequence[EntryEnded], world: World) -> list[EntryEnded]:
    """Return the endings of entries as they would have been had nobody been written to from then on.

    Exact for what is judged by learning; the simulated learners pay nothing, so a renewal is lost either way.
    """
    return [
        replace(one, kept=one.facts.judged_by != "renews" and _learns(world, one.facts.learner, one.facts.as_of,
                                                                      (one.facts.due_on - one.facts.as_of).days))
        for one in entries
    ]  # fmt: skip


def compared_entries(
    entries: Sequence[EntryEnded], by_itself: Sequence[EntryEnded], shares: Mapping[str, float]
) -> list[Found]:
    """Return for each playbook that no alert begins what is true and what review finds."""
    rows = []
    for name in sorted({one.facts.playbook for one in entries}):
        if 0 < shares[name] < 1:
            mine, others = (strata_by_tier(seen_of_endings(some, name), shares[name]) for some in (entries, by_itself))
            rows.append(_found(name, mine, others))
    return rows


def endings_alone(ended: Sequence[Ended], world: World) -> list[Ended]:
    """Return the endings as they would have been had nobody answered the alert, whatever was done before it."""
    return [
        replace(one, ending="false_alarm" if _learns(world, one.facts.learner, one.facts.as_of, one.facts.horizon_days)
                else "churned")
        for one in ended
    ]  # fmt: skip


def _learns(world: World, learner: str, as_of: date, horizon: int) -> bool:
    """Say whether a learner would learn within the horizon of a day by themselves."""
    key = ((as_of - world.start).days, horizon)
    if key not in world.runs:
        state = world.states[key[0]] if key[0] >= 0 else world.initial
        world.runs[key] = alone(world.who, state, horizon)
    return bool(world.runs[key][world.rows[learner]].any())


def effects_of(ended: Iterable[Ended], by_itself: Iterable[Ended], world: World) -> list[Effect]:
    """Return the true individual effect of each alert's answer."""
    return [
        Effect(
            alert=one.facts.alert, learner=one.facts.learner, as_of=one.facts.as_of.isoformat(), cause=one.facts.cause,
            latent=world.causes[world.rows[one.facts.learner]], playbook=one.facts.playbook or "", arm=one.facts.arm,
            stayed=one.ending != "churned", alone=other.ending != "churned",
        )
        for one, other in zip(ended, by_itself, strict=True)
    ]  # fmt: skip


def compared(
    ended: Sequence[Ended], by_itself: Sequence[Ended], shares: Mapping[str, float], whole: float
) -> list[Found]:
    """Return for all care and each playbook what is true and what review finds."""
    names = sorted({one.facts.playbook for one in ended if one.facts.playbook})
    rows = [_found("", strata_of(ended, None, whole), strata_of(by_itself, None, whole))]
    for name in names:
        if 0 < shares[name] < 1:
            mine, others = strata_of(ended, name, shares[name]), strata_of(by_itself, name, shares[name])
            rows.append(_found(name, mine, others))
    return rows


def true_uplift(strata: Sequence[Stratum], by_itself: Sequence[Stratum]) -> float:
    """Return the mean true effect on the treated, tiers weighed by their sizes as review weighs them."""
    pairs = [(one, other) for one, other in zip(strata, by_itself, strict=True)
             if min(one.treated.n, one.held.n) >= 2]  # fmt: skip
    total = sum(one.n for one, _ in pairs)
    return sum(one.n / total * (one.treated.mean - other.treated.mean) for one, other in pairs) if total else 0.0


def _found(name: str, strata: Sequence[Stratum], by_itself: Sequence[Stratum]) -> Found:
    evidence = weigh(name or None, strata)
    up = evidence.uplift
    always = up.always_valid if up else None
    return Found(
        playbook=name, treated=evidence.treated.n, held=evidence.held.n, true=true_uplift(strata, by_itself),
        found=up.difference if up else None, fixed=(up.fixed.low, up.fixed.high) if up else None,
        always_valid=(always.low, always.high) if always else None, verdict=evidence.verdict,
    )  # fmt: skip


def _write(
    place: Path,
    world: World,
    history: History,
    effects: Sequence[Effect],
    found: Sequence[Found],
    entries: Sequence[tuple[EntryEnded, EntryEnded]],
) -> None:
    """Write all that is true: assumptions, learners, each alert's and entry's own effect, each playbook's uplift."""
    who: Nature = world.who
    untreated = alone(who, world.initial, world.learned.shape[1])
    told: dict[str, Any] = {
        "simulated": True,
        "note": "Everything here is simulated. No figure says anything about real learners or real answers.",
        "seed": world.seed, "history": history.name, "start": world.start, "days": world.learned.shape[1],
        "end": world.start + timedelta(days=world.learned.shape[1] - 1),
        "assumptions": world.assumed.told(), "habits": who.habits.told(), "horizon_days": world.horizon,
        "playbooks": [asdict(one) for one in found],
        "alerts": [asdict(one) | {"effect": one.effect} for one in effects],
        "entries": [
            {"learner": one.facts.learner, "playbook": one.facts.playbook, "arm": one.facts.arm,
             "as_of": one.facts.as_of, "kept": one.kept, "alone": other.kept}
            for one, other in entries
        ],
        "learners": [
            {"learner": learner, "cause": world.causes[row], "offset": round(float(who.offsets[row]), 6),
             "never": round(float(who.never[row]), 6), "learned": int(world.learned[row].sum()),
             "learned_untreated": int(untreated[row].sum())}
            for row, learner in enumerate(history.learners)
        ],
    }  # fmt: skip
    place.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1))
