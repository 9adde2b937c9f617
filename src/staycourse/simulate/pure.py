"""The same learners through the product's decisions alone, without files, so that hundreds of seeds can be run.

Real are: the hold-out's draw and the answer to each alert (care.answers), the choice (care.choose), the admission
(care.admit), the guard at every tick (care.decide), the judging (review.judge) and the evidence (review.strata_of,
review.weigh). Left out are: log, lake, signals, risks, the store, every step of a journey after its first message, and
advisors. An alert opens in a weekly night for who has been absent for as many days as the tier's rule says; its cause
is the latent one as often as the assumptions' `found` says, "unclear" otherwise. Of the lifecycle there is winning back
(simulate.away).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from staycourse.care import (
    EVERYTHING,
    Address,
    Alert,
    Choose,
    Consent,
    Outcome,
    Person,
    Sent,
    Waiting,
    admit,
    answers,
    choose,
    decide,
    records_of,
)
from staycourse.events import Learner
from staycourse.policy import Policy, load_policy
from staycourse.review import judge
from staycourse.signals import SIGNALS_BY_NAME
from staycourse.simulate.assumptions import Assumptions, own_policy
from staycourse.simulate.away import Entrant, drawn_away
from staycourse.simulate.channel import MAIL
from staycourse.simulate.cohort import HELPED, NEVER, alone, begin, helped, nature, step, stream
from staycourse.simulate.diary import causes_of
from staycourse.simulate.habits import Fitted, Flags
from staycourse.simulate.people import person_of
from staycourse.simulate.pure_run import START, Case, How, PureRun
from staycourse.simulate.reception import react
from staycourse.simulate.world import midnight

WEEK = 7
TICKS = (1, 7, 13, 19)
UTC_ZONE = ZoneInfo("UTC")


def simulation_policy() -> Policy:
    """Return the policy of simulations."""
    return load_policy(own_policy(), signals=SIGNALS_BY_NAME, source="simulate/policy.toml")


def run_pure(
    fitted: Fitted,
    *,
    seed: int,
    learners: int,
    days: int,
    how: How = "bandit",
    assumed: Assumptions | None = None,
    policy: Policy | None = None,
    winning_back: bool = False,
) -> PureRun:
    """Run one seed: `learners` drawn with replacement from those whose habits were fitted, for `days` days.

    `winning_back`: who is gone is written to as well. It reaches into the horizons of alerts, in both their arms: their
    true uplift is exact without it alone.
    """
    run = _begun(fitted, seed, learners, days, how, assumed or Assumptions(), policy or simulation_policy())
    run.away = {} if winning_back else None
    for day in range(days):
        run.state, run.learned[:, day], _ = step(run.who, run.state)
        for hour in TICKS:
            _tick(run, midnight(START + timedelta(days=day)) + timedelta(hours=hour))
        if day % WEEK == WEEK - 1:
            _night(run, day)
    return run


def _begun(
    fitted: Fitted, seed: int, learners: int, days: int, how: How, assumed: Assumptions, policy: Policy
) -> PureRun:
    traits = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, 2))))
    some = traits.integers(len(fitted.offsets), size=learners)
    who = nature(fitted.habits, fitted.offsets[some], days, seed, assumed.variety)
    people = [_person(person_of(f"{seed}-{row}", traits, assumed, START)) for row in range(learners)]
    return PureRun(
        policy=policy, assumed=assumed, who=who, state=begin(who, fitted.absent[some]),
        causes=causes_of(learners, dict(assumed.causes), traits), people=people,
        learned=np.zeros((learners, days), dtype=np.bool_), how=how,
        helps=[stream(seed, row, HELPED) for row in range(learners)], traits=traits,
    )  # fmt: skip


def _person(learner: Learner) -> Person:
    addresses = [Address("own", "email", learner.email or "")]
    if learner.guardian:
        addresses.append(Address("guardian", "email", learner.guardian, guardian=True))
    return Person(learner.learner, learner.zone, learner.birth_year, addresses=tuple(addresses))


def _night(run: PureRun, day: int) -> None:
    """Open the alerts of a night and give each its answer."""
    _learn(run, day)
    found = _alerts(run, day)
    quiet: Flags = np.asarray(alone(run.who, run.state, run.policy.churn.horizon_days).any(axis=1))
    chooser = _chooser(run, day)
    decided = answers([alert for _, alert in found], run.policy, chooser, lambda *_: False, {})
    for (row, _), answer in zip(found, decided, strict=True):
        drawn = answer.draw.arm if answer.draw else "global_hold_out" if answer.withheld == "held_out" else "exempt"
        case = Case(row, day, answer.alert, answer, day - int(run.state.last[row]),
                    bool(quiet[row]), drawn)  # fmt: skip
        run.cases.append(case)
        if drawn == "treated":
            _enter(run, case, case.alert.alert, midnight(START + timedelta(days=day + 1)))
        elif answer.entry:
            run.entered.setdefault((row, answer.entry.playbook), day)
    if run.away is not None:
        _win_back(run, run.away, day)


def _win_back(run: PureRun, away: dict[int, Entrant], day: int) -> None:
    """Draw whom the night finds gone, and write to those who are not held out."""
    for entrant in drawn_away(run, day, away):
        away[entrant.row] = entrant
        if entrant.draw.arm == "treated":
            _enter(run, entrant, f"{entrant.draw.learner}:away", midnight(START + timedelta(days=day + 1)))


def _alerts(run: PureRun, day: int) -> list[tuple[int, Alert]]:
    """Return whom the night's rule names and has no alert that stands: silent since the last one, or it was lately."""
    tiers, horizon = run.policy.tiers, run.policy.churn.horizon_days
    core = np.array([run.tier(row) == "core" for row in range(len(run.people))])
    absent = day - run.state.last
    due = (absent >= np.where(core, tiers.core.absent_days, tiers.regular.absent_days)) & (absent <= horizon)
    found = []
    for row in map(int, np.flatnonzero(due)):
        if run.standing.get(row, -NEVER) >= run.state.last[row]:
            continue
        run.standing[row] = day
        cause = run.causes[row] if run.traits.random() < run.assumed.found else "unclear"
        found.append((row, _alert(run, row, day, cause)))
    return found


def _alert(run: PureRun, row: int, day: int, cause: str) -> Alert:
    as_of, at = START + timedelta(days=day), midnight(START + timedelta(days=day + 1))
    return Alert(
        alert=f"{run.people[row].learner}:{day}", learner=run.people[row].learner, course="", cause=cause,
        tier=run.tier(row), trigger="rule", state="open", risk=0.5, priority=0.5, suggestion="", rules=("absent",),
        reasons=(), opened=at, as_of=as_of, due=at, seen_on=as_of, policy_version=0,
        horizon_days=run.policy.churn.horizon_days,
    )  # fmt: skip


def _enter(run: PureRun, case: Case | Entrant, key: str, now: datetime) -> None:
    playbook, person = run.policy.playbooks[case.playbook], run.people[case.row]
    before = run.entered.get((case.row, case.playbook))
    admission = admit(
        playbook, run.policy.care, underway=None,
        entered_before=midnight(START + timedelta(days=before + 1)) if before is not None else None,
        last_contact=person.sent[-1].at if person.sent else None, now=now,
    )  # fmt: skip
    if admission.enter and admission.start is not None:
        run.entered[case.row, case.playbook] = case.day
        stale = run.policy.care.quiet_hours.stale_hours
        until = None if stale == "never" else admission.start + timedelta(hours=stale)
        message = Waiting(key, person.learner, playbook.purpose, (MAIL,), admission.start, until)
        run.waiting.append((message, case))


def _tick(run: PureRun, now: datetime) -> None:
    """Ask the guard about every message that is due; who is back has left the journey."""
    still = []
    for message, case in run.waiting:
        if run.state.last[case.row] > case.day:
            continue
        if message.due > now:
            still.append((message, case))
            continue
        person = run.people[case.row]
        verdict = decide(message, person, run.policy.care, tenant_zone=UTC_ZONE, now=now, kinds={MAIL: "email"})
        if verdict.kind == "hold" and verdict.until is not None:
            still.append((replace(message, due=verdict.until), case))
        elif verdict.kind == "send":
            _received(run, case, now)
    run.waiting = still


def _received(run: PureRun, case: Case | Entrant, now: datetime) -> None:
    row, person = case.row, run.people[case.row]
    case.contacted = case.contacted if case.contacted is not None else run.state.day
    lately = sum(now - one.at < timedelta(days=30) for one in person.sent)
    reaction = react(run.helps[row], run.assumed.reception, lately)
    told = (Consent(EVERYTHING, EVERYTHING, False, now),) if reaction.unsubscribed else ()
    run.people[row] = replace(person, sent=(*person.sent, Sent(now, MAIL, "care")), consents=(*person.consents, *told))
    if reaction.opened:
        before = run.opened.get((row, case.playbook), 0)
        run.opened[row, case.playbook] = before + 1
        effect = run.assumed.effect(run.causes[row], case.playbook, before)
        run.state = helped(run.who, run.state, row, effect, run.policy.churn.horizon_days, reaction.later)


def _learn(run: PureRun, day: int) -> None:
    """Take in what was judged since the last night: what the choice rests on."""
    due = [case for case in run.cases if case.alert.alert not in run.judged
           and case.day + case.alert.horizon_days <= day]  # fmt: skip
    for one in judge([run.facts(case, day) for case in due], label="silence", known_by=START + timedelta(days=day)):
        run.judged.add(one.facts.alert)
        if one.facts.arm == "treated" and one.facts.playbook:
            kept = one.ending != "churned"
            run.outcomes.append(Outcome(one.facts.playbook, one.facts.cause, one.facts.tier, kept))


def _chooser(run: PureRun, day: int) -> Choose:
    """Return what picks among answers: the product's choice, the first, or by the truth the best."""
    records = records_of(run.outcomes)
    rows = {person.learner: row for row, person in enumerate(run.people)}
    had: dict[int, list[tuple[str, float]]] = {}
    for (row, playbook), before in run.entered.items():
        had.setdefault(row, []).append((playbook, float(day - before)))

    def chosen(alert: Alert, playbooks: Sequence[str]) -> tuple[str, str]:
        if run.how == "first":
            return playbooks[0], "priority"
        if run.how == "best":
            return max(playbooks, key=lambda name: run.assumed.effect(alert.cause, name, 0)), "truth"
        alike = [record for record in records if (record.cause, record.tier) == (alert.cause, alert.tier)]
        seed = f"{alert.learner}:{alert.alert}"
        choice = choose(playbooks, alike, had.get(rows[alert.learner], ()), run.policy.care.choice, seed)
        return choice.playbook, choice.basis

    return chosen
