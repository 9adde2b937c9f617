"""A simulated year through the real product: real log, lake, nights, alerts, journeys, outbox, guard and judging.

The cadence is a stated one: a tick every six hours, a night every Monday morning. What a platform does in seconds takes
up to six hours here, and what a night would find is found up to six days later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from staycourse.app.care import Care
from staycourse.app.care.judging import judge_due
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import run_nightly
from staycourse.kernel import BadInput, Settings, worded
from staycourse.policy import Policy
from staycourse.simulate.assumptions import Assumptions, own_policy
from staycourse.simulate.channel import MAIL, SimulatedChannel
from staycourse.simulate.histories import DS365_DAY, OULAD_DAY, History, ds365_history, oulad_history
from staycourse.simulate.preparing import MARK, SteppingClock, prepare, refuse_real
from staycourse.simulate.truth import Report, reported
from staycourse.simulate.world import World, midnight
from staycourse.tick import Tick, TickParts, tick

TICK_HOURS = (1, 7, 13, 19)
NIGHT_HOUR = 4
LAST_MOMENT = timedelta(hours=23, minutes=59)
"""What happened on a day arrives on it: what comes in later is not known to whoever judges that day."""

ADVISOR = "simulated advisor"
MOST_DAYS = 3 * 366

NOWHERE = "https://staycourse.invalid"
"""Where the links of simulated messages lead: a domain that can never exist (RFC 2606)."""

OnNight = Callable[[int, int], None]
"""Told at each night how many days are done, and how many messages were sent so far."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated: `days` from the end of the replay, `learners` of the sample, or of 365's tables in `ds365`.

    There is a night each `night_every` days. `policy` (TOML) takes the place of the simulations' own,
    and `start` that of the histories' own day on which the replay ends.
    """

    days: int = 365
    seed: int = 1
    learners: int = 500
    ds365: Path | None = None
    night_every: int = 7
    policy: str = ""
    start: date | None = None

    def history(self) -> History:
        """Read what is replayed. BadInput, NotEnoughData if it is not there."""
        if not 1 <= self.days <= MOST_DAYS or self.learners < 1 or self.seed < 0:
            raise BadInput(
                worded(
                    "{days} days of {learners} learners, seed {seed}",
                    days=self.days,
                    learners=self.learners,
                    seed=self.seed,
                ),
                where="simulate",
                mend=worded("give 1 to {most} days, a learner or more, and a seed of 0 or more", most=MOST_DAYS),
            )
        if self.ds365 is not None:
            return ds365_history(self.ds365, self.learners, self.seed, self.start or DS365_DAY)
        return oulad_history(self.learners, self.seed, self.start or OULAD_DAY)


@dataclass(slots=True)
class _Run:
    """One simulation under way."""

    home: Home
    clock: SteppingClock
    world: World
    care: Care
    channel: SimulatedChannel
    parts: TickParts
    policy: Policy
    done: Tick

    def night(self, today: date) -> None:
        """Run the night before `today` and judge what is due."""
        self.until(midnight(today) + timedelta(hours=NIGHT_HOUR))
        yesterday = today - timedelta(days=1)
        run_nightly(self.home, yesterday, lambda *_: None)
        judge_due(self.care, yesterday)
        self.policy = self.home.policy(self.home.tenant)
        self.care.facts.put_cursor(self.home.tenant, MARK, f"seed {self.world.seed}, day {today}")

    def tick(self, at: datetime) -> None:
        """Let the product tick, and hand what it sent to the learners."""
        home = self.home
        self.until(at)
        done = tick(self.parts, home.tenant, self.policy, worker=self.care.worker, now=at, zone=home.zone)
        for name in ("events", "opened", "returned", "left", "woken", "entered", "held_out", "steps", "sent", "failed"):
            setattr(self.done, name, getattr(self.done, name) + getattr(done, name))
        for taken in self.channel.collect():
            self.world.receive(taken, at)

    def advise(self, at: datetime) -> None:
        """Let advisors do what waits for them."""
        tenant, tasks = self.home.tenant, self.care.tasks
        for task in tasks.queue(tenant, ("open",)):
            tasks.claim(tenant, task["task"], ADVISOR, at)
            quiet = task["script"] in ("put_right", "reply")  # no call: nobody has to be reached, and it is no help
            reached = quiet or self.world.call(task["learner"], task["playbook"])
            tasks.finish(tenant, task["task"], ADVISOR, "reached" if reached else "no_answer", "", at)

    def until(self, at: datetime) -> None:
        """Let the clock come to `at`, and what the learners did by then into the log."""
        self.clock.instant = at
        happened = self.world.happened(at)
        if happened:
            self.home.log.append(self.home.tenant, happened)


def simulate(
    settings: Settings, plan: Plan, assumed: Assumptions | None = None, on_night: OnNight = lambda *_: None
) -> Report:
    """Simulate `plan` in the home of `settings` and return what came of it beside what is true.

    BadInput if the home has anything real in it. The home is left as the product leaves it, marked as simulated, with
    the truth in its `truth.json`.
    """
    assumed = assumed or Assumptions()
    history = plan.history()
    clock = SteppingClock(midnight(history.start))
    inside = replace(settings, clock=clock, zone="UTC", store="", public_url=NOWHERE)
    with open_home(inside, writing=True) as home:
        refuse_real(home)
        world = prepare(home, history, plan.days, plan.seed, assumed, plan.policy or own_policy())
        run = _begun(home, clock, world, assumed)
        for _ in range(plan.days):
            _day(run, plan.night_every, on_night)
        return reported(home, world, history, run.done, run.policy)


def _day(run: _Run, night_every: int, on_night: OnNight) -> None:
    today = run.world.begin_day()
    for hour in TICK_HOURS:
        if run.world.state.day % night_every == 0 and hour == TICK_HOURS[1]:
            run.night(today)
            on_night(run.world.state.day, run.done.sent)
        at = midnight(today) + timedelta(hours=hour)
        run.tick(at)
        if hour == TICK_HOURS[2]:
            run.advise(at)
    run.until(midnight(today) + LAST_MOMENT)


def _begun(home: Home, clock: SteppingClock, world: World, assumed: Assumptions) -> _Run:
    """Return the run with the simulator's channel in place of every other."""
    care = Care(home)
    channel = SimulatedChannel(bounces=assumed.reception.bounces)
    care.channels = {MAIL: channel}
    policy = home.policy(home.tenant)
    return _Run(home, clock, world, care, channel, care.parts(), policy, Tick(clock.instant))
