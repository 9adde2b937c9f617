"""The path of every few seconds on one page: facts → alerts → who leaves, wakes, enters → steps → messages, guarded.

Several workers may run it at once on one store; running it twice at one moment does nothing the second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from staycourse.care import (
    EVERYTHING,
    Alert,
    AlertPlan,
    Answer,
    Choose,
    Entry,
    Heeding,
    Person,
    Verdict,
    Waiting,
    answers,
    choose,
    decide,
    draw,
    entries_of_events,
    exempt,
    heed,
    nodes_of,
    triggered,
)  # fmt: skip
from staycourse.kernel import Clock, FixedClock
from staycourse.policy import Policy
from staycourse.tick.parts import Tick, TickParts

AT_ONCE = 100
"""How many messages are claimed at once: few enough that they are sent, however slowly, before the claim runs out."""

LONGEST = timedelta(minutes=1)
"""After this long a tick ends though more is due, so that the next one goes by the policy of then."""

DECIDED_AT_ONCE = 5_000
"""How many alerts are answered in one tick."""


def tick(
    parts: TickParts,
    tenant: str,
    policy: Policy,
    *,
    worker: str,
    now: datetime,
    zone: ZoneInfo,
    clock: Clock | None = None,
) -> Tick:
    """Run one tick of `tenant` at the instant `now`; `worker` names the process, `zone` is the tenant's.

    It goes round by round until nothing more is due, or it has taken LONGEST by `clock` (without one, time stands
    still). Each round goes by the time at which it begins, and what happens while messages are sent is heeded between
    two rounds.
    """
    clock = clock or FixedClock(now)
    done, more = Tick(now), True
    parts.journeys.install(tenant, policy, nodes_of(policy), now)
    while more and now - done.at < LONGEST:
        more = heed_new(parts, tenant, policy, now, zone, done)
        answer_alerts(parts, tenant, policy, now, done)
        done.steps += parts.journeys.advance(tenant, now)
        parts.tasks.open_asked(tenant, policy, now.astimezone(zone).strftime("%Y-%m"))
        more |= send_due(parts, tenant, policy, worker, now, zone, done, clock=clock)
        now = max(now, clock.now())
    return done


def heed_new(parts: TickParts, tenant: str, policy: Policy, now: datetime, zone: ZoneInfo, done: Tick) -> bool:
    """Take in what happened since the last tick: open alerts, end or wake journeys, remember, let events enter.

    Says whether more is there already. Killed at any point, all of it is taken in again, and what was
    done by then is not done twice. Who unsubscribed is known before anything else.
    """
    read = parts.tail.read(tenant, policy)
    if not read:
        return parts.tail.more
    events = [event for event, _ in read]
    learners = sorted({event.learner for event in events})
    tiers = parts.facts.tiers(tenant, learners)
    done.events += len(events)
    parts.people.unsubscribe(tenant, [event for event in events if event.verb == "unsubscribed"])
    done.opened += parts.alerts.follow(
        tenant, AlertPlan(opened=tuple(triggered(read, policy, tiers, now=now, zone=zone))), now
    )
    found = heed(events, parts.journeys.active(tenant, learners), policy)
    _obey(parts, tenant, found, now, done)
    enter(parts, tenant, policy, entries_of_events(events, policy, tiers, zone=zone), now, done)
    parts.tail.done(tenant)
    return parts.tail.more


def _obey(parts: TickParts, tenant: str, found: Heeding, now: datetime, done: Tick) -> None:
    parts.facts.happened(tenant, found.facts)
    for reason, journeys in found.leaves.items():
        done.left += parts.journeys.leave(tenant, journeys, reason, now)
    for verb, journeys in found.wakes.items():
        done.woken += parts.journeys.wake(tenant, journeys, verb, now)
    done.returned += parts.alerts.close_returned(tenant, found.returned, now)


def answer_alerts(parts: TickParts, tenant: str, policy: Policy, now: datetime, done: Tick) -> None:
    """Give every alert that has none its answer: the hold-out first, then the choice, then the playbook."""
    waiting = parts.alerts.undecided(tenant, DECIDED_AT_ONCE)
    if not waiting:
        return
    drawn = parts.journeys.arms(tenant, EVERYTHING, [alert.learner for alert in waiting])
    decided = answers(waiting, policy, _chooser(parts, tenant, policy, waiting, now), exempt, drawn)
    parts.journeys.draw_whole(tenant, [answer.whole for answer in decided if answer.whole], now)
    entries = [(answer.entry, answer.draw) for answer in decided if answer.entry and answer.draw]
    states = {answer.entry.alert: answer for answer in parts.journeys.enter(tenant, entries, policy, now)}
    parts.alerts.decide(tenant, [_decision(answer, states) for answer in decided])
    done.entered += sum(1 for answer in states.values() if answer.state == "active")
    done.held_out += sum(1 for answer in states.values() if answer.state == "held_out")


def _chooser(parts: TickParts, tenant: str, policy: Policy, alerts: Sequence[Alert], now: datetime) -> Choose:
    """Return what picks among several playbooks for one alert: by what has worked, where the policy says so."""
    records = parts.past.records(tenant)
    history = parts.past.history(tenant, [alert.learner for alert in alerts], now)

    def chosen(alert: Alert, playbooks: Sequence[str]) -> tuple[str, str]:
        alike = [record for record in records if (record.cause, record.tier) == (alert.cause, alert.tier)]
        had = history.get(alert.learner, ())
        choice = choose(playbooks, alike, had, policy.care.choice, f"{alert.learner}:{alert.alert}")
        return choice.playbook, choice.basis

    return chosen


def _decision(answer: Answer, states: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """Return what to note of an alert: its id, playbook, arm, why nothing was done, and why that playbook."""
    alert = answer.alert.alert
    if answer.entry is None or answer.draw is None:
        arm = "held_out" if answer.withheld == "held_out" else ""
        return alert, EVERYTHING if arm else "", arm, answer.withheld, ""
    admitted = states[alert]
    basis = answer.basis if admitted.playbook == answer.entry.playbook else ""  # else it was decided before
    if not admitted.state and admitted.why != "decided":
        return alert, admitted.playbook, "", admitted.why, basis
    return alert, admitted.playbook, admitted.arm, "held_out" if admitted.arm == "held_out" else "", basis


def enter(parts: TickParts, tenant: str, policy: Policy, entries: Collection[Entry], now: datetime, done: Tick) -> None:
    """Let those enter who were named by an event, a stage, a segment or a birthday: both draws first."""
    if not entries:
        return
    holdout = policy.care.holdout
    drawn = parts.journeys.arms(tenant, EVERYTHING, [entry.learner for entry in entries])
    allowed, whole = [], []
    for entry in entries:
        service = policy.playbooks[entry.playbook].purpose == "service"
        out_of_it = entry.exempt or service
        everything = draw(
            entry.learner, EVERYTHING, entry.tier, share=holdout.share, salt=holdout.salt, exempt=out_of_it
        )
        whole.append(everything)
        if not out_of_it and drawn.get(entry.learner, everything.arm) == "held_out":
            continue
        share = policy.playbooks[entry.playbook].holdout_share
        own = draw(entry.learner, entry.playbook, entry.tier, share=share, salt=holdout.salt, exempt=out_of_it)
        allowed.append((entry, own))
    parts.journeys.draw_whole(tenant, whole, now)
    admitted = parts.journeys.enter(tenant, allowed, policy, now)
    done.entered += sum(1 for answer in admitted if answer.state == "active")
    done.held_out += sum(1 for answer in admitted if answer.state == "held_out") + len(entries) - len(allowed)


def send_due(
    parts: TickParts,
    tenant: str,
    policy: Policy,
    worker: str,
    now: datetime,
    zone: ZoneInfo,
    done: Tick,
    *,
    clock: Clock,
) -> bool:
    """Claim some of what is due under the guard, send it, settle it; say whether more may be due."""
    today = now.astimezone(zone).date()
    kinds = parts.sender.kinds(tenant)

    def guard(message: Waiting, person: Person) -> Verdict:
        return decide(message, person, policy.care, tenant_zone=zone, now=now, kinds=kinds)

    claimed, more = parts.messages.claim(tenant, worker, policy, now, guard, limit=AT_ONCE, today=today)
    if claimed:
        deliveries = parts.sender.send(tenant, policy, claimed)
        sent = parts.messages.settle(tenant, worker, deliveries, max(now, clock.now()))
        done.sent += sent
        done.failed += sum(1 for delivery in deliveries if delivery.error)
    return more
