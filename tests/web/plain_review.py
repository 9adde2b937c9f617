"""Playbooks, evidence, policy and weeks over plain data: what the console's tests of those pages look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from plain import HOSTILE, NOW

from staycourse.desk import (
    CareDesk,
    Caveat,
    EvidenceLine,
    EvidenceSheet,
    PolicyReading,
    PolicySheet,
    PolicyVersionLine,
    Trial,
    TrialKind,
    WeekDone,
    WeekEnded,
    WeekReview,
    WeekSeen,
)
from staycourse.desk.playbooks import (
    ChoiceArm,
    ChoiceLine,
    ChoiceSheet,
    PlaybookCounts,
    PlaybookLine,
    PlaybookList,
    PlaybookStory,
    SceneLine,
    Traveller,
)
from staycourse.kernel import BadInput, HomeInUse, Money, NotFound
from staycourse.policy import Judged, Policy, default_policy_text, load_policy
from staycourse.review import (
    AlertFacts,
    BudgetAsked,
    Counts,
    Ended,
    PolicyChange,
    Stratum,
    counts_of,
    detectable,
    guard_rail,
    policy_changes,
    tally_endings,
    weigh,
)
from staycourse.signals import SIGNALS_BY_NAME

ZONE = ZoneInfo("Asia/Shanghai")
TEXT = default_policy_text()
POLICY = load_policy(TEXT, signals=SIGNALS_BY_NAME, version=3)
SCENE = load_policy('scene = "k12"', signals=SIGNALS_BY_NAME)
FIRST = date(2014, 3, 3)
SMALL_WEEK = date(2013, 1, 7)


CHOICE = ChoiceSheet(True, 50, 30, 0.5, (
    ChoiceLine("too_hard", "core", "bandit", 80, (
        ChoiceArm("friendly_question", None, 0.26, 0.16, 0.38, 0.02), ChoiceArm(HOSTILE, None, 0.89, 0.8, 0.95, 0.98),
    )),
    ChoiceLine("price", "regular", "priority", 4, (ChoiceArm("easier_path", None, 0.5, 0.1, 0.9, 1.0),)),
))  # fmt: skip


class PlainPlaybooks:
    """Implements desk.PlaybookDesk over the default policy."""

    def playbooks(self, tenant: str) -> PlaybookList:
        rows = [PlaybookLine(name, book, PlaybookCounts(12, 345, 6, 40)) for name, book in POLICY.playbooks.items()]
        changes = policy_changes(load_policy("", signals=SIGNALS_BY_NAME), SCENE)
        return PlaybookList(3, (*rows, PlaybookLine("long_gone", None, PlaybookCounts(left=2))),
                            (SceneLine("k12", True, changes),), CHOICE)  # fmt: skip

    def playbook(self, tenant: str, name: str, state: str, page: int) -> PlaybookStory:
        book = POLICY.playbooks.get(name)
        if book is None and name != "long_gone":
            raise NotFound(f"there is no playbook {name[:60]!r}", where="playbooks", mend="look at the list again")
        counts = PlaybookCounts(60, 345, 6, 0)
        rows = () if state == "held_out" else tuple(_traveller(place, state, name) for place in range(3))
        return PlaybookStory(
            PlaybookLine(name, book, counts), 3, state, standing={"four_days": 1234}, made={"ask": 5678, "call": 9},
            reasons=(("finished", 300), ("return", 40), ("made_up_by_nobody", 11)), rows=rows,
            found=getattr(counts, state), page=page, pages=3 if state == "active" else 1,
        )  # fmt: skip


def _traveller(place: int, state: str, playbook: str) -> Traveller:
    ended = state in ("done", "left")
    return Traveller(
        journey=place, learner=HOSTILE if place == 1 else f"S{place}", name=None if place else "林晓雨",
        course_title=HOSTILE if place == 1 else "English, level 1", tier="core" if place == 2 else "regular",
        alert=f"{place:032x}" if place else "", step="four_days" if playbook == "friendly_question" else "gone_step",
        awaits="", due=None if ended else NOW + timedelta(hours=5), entered=NOW - timedelta(days=2),
        left_at=NOW if ended else None, state=state, reason="return" if ended else "",
    )  # fmt: skip


def ended(place: int, ending: str, arm: str = "treated") -> Ended:
    """Return one ending, of a rule that nobody named where `place` is 1."""
    facts = AlertFacts(
        alert=f"{place}", learner=f"L{place}", course="c", as_of=FIRST, horizon_days=14, tier="regular",
        cause=HOSTILE if place == 1 else "too_hard", rules=(HOSTILE if place == 1 else "absent",), playbook="tutoring",
        channel="email", arm=arm, cost_minor=1500, currency="CNY",  # type: ignore[arg-type]
    )  # fmt: skip
    lead = 6 if ending == "churned" else None
    return Ended(facts, ending, "silent", FIRST + timedelta(days=14), lead)  # type: ignore[arg-type]


def endings() -> list[Ended]:
    """Return 90 endings: two in three false alarms of one rule."""
    kinds = ("false_alarm", "saved", "churned", "false_alarm", "false_alarm", "not_judged")
    return [ended(place, kinds[place % 6], "held_out" if place % 7 == 0 else "treated") for place in range(90)]


def line(name: str, treated: tuple[int, int], held: tuple[int, int], judged_by: Judged = "stays") -> EvidenceLine:
    """Return a line of evidence: of so many treated and held so many were kept."""
    strata = [Stratum("regular", Counts(*treated), Counts(*held), 0.2)] if treated[0] else []
    rails = [guard_rail("unsubscribe", Counts(treated[0], 9), Counts(held[0], 1))] if treated[0] else []
    cost = Money(450_000, "CNY") if treated[0] else None
    evidence = weigh(name or None, strata, guard_rails=rails, cost=cost, judged_by=judged_by)
    planned = None if treated[0] else detectable(400, 0.1, 0.7)
    book = POLICY.playbooks.get(name)
    return EvidenceLine(name, book.title if book else None, 0.2, evidence, planned)


LINES = (
    line("tutoring", (8000, 6400), (2000, 1300)), line("camp", (8000, 4000), (2000, 1400)),
    line("own_interest", (40, 30), (10, 7)), line("buddy", (0, 0), (0, 0)),
    line("short_pieces", (5000, 4000), (5000, 4000)), line("win_back", (8000, 2400), (2000, 440), "returns"),
    line("renewal", (400, 260), (100, 60), "renews"), line("welcome", (40, 25), (10, 7)),
)  # fmt: skip
"""Helps, harms, not yet known, not begun, and a broken draw; three that no alert begins, judged by three things."""


class PlainEvidence:
    """Implements desk.EvidenceDesk: `state` is full, waiting or nothing."""

    def __init__(self, state: str = "full") -> None:
        self.state = state

    def evidence(self, tenant: str) -> EvidenceSheet:
        all_ended = endings() if self.state == "full" else []
        titles = {name: book.title for name, book in POLICY.playbooks.items()}
        groups = ("rule", "cause", "tier", "playbook", "channel")
        return EvidenceSheet(
            judged=len(all_ended), entries=13_000 if all_ended else 0, waiting=0 if self.state == "nothing" else 12,
            entries_waiting=0 if self.state == "nothing" else 345,
            first=FIRST if all_ended else None, last=FIRST if all_ended else None,
            care=line("", (8000, 6500), (2000, 1560)), rows=LINES if all_ended else (),
            unmeasured=(("birthday", titles["birthday"]),), whole=tally_endings(counts_of(all_ended), "all").get(""),
            tallies={group: tally_endings(counts_of(all_ended), group) for group in groups}, titles=titles,  # type: ignore[arg-type]
        )  # fmt: skip


@dataclass
class PlainPolicies:
    """Implements desk.PolicyDesk; what was done is remembered in `acts`. `busy`: a night holds the home."""

    busy: bool = False
    trials: dict[str, Trial] = field(default_factory=dict)
    acts: list[tuple[str, ...]] = field(default_factory=list)
    warnings: tuple[str, ...] = ()

    def sheet(self, tenant: str) -> PolicySheet:
        changes = (PolicyChange("tiers.regular.absent_days", "changed", 7, 10), PolicyChange(HOSTILE, "added", None, 1))
        versions = tuple(
            PolicyVersionLine(number, NOW, "" if number == 1 else HOSTILE, HOSTILE, number == 3, changes,
                              "cannot be read" if number == 1 else "")
            for number in (3, 2, 1)
        )  # fmt: skip
        return PolicySheet(3, POLICY, TEXT, versions, tuple(self.trials.values()))

    def text(self, tenant: str, version: int) -> str:
        if version > 3:
            raise NotFound(f"there is no version {version}", where="policy", mend="1 to 3")
        return f"# version {version}\n" + TEXT

    def check(self, tenant: str, text: str) -> PolicyReading:
        return PolicyReading(policy_changes(POLICY, _loaded(text)), self.warnings)

    def accept(self, tenant: str, text: str, note: str, who: str, now: datetime) -> bool:
        if self.busy:
            raise HomeInUse("in use by process 1", where="home", mend="wait")
        _loaded(text)
        if not note:
            raise BadInput("a note is one line of 1 to 500 characters", where="note", mend="say why in a few words")
        self.acts.append(("accept", text, note, who))
        return text != TEXT

    def rollback(self, tenant: str, version: int, note: str, who: str, now: datetime) -> bool:
        if self.busy:
            raise HomeInUse("in use by process 1", where="home", mend="wait")
        self.acts.append(("rollback", str(version), note, who))
        return True

    def begin(
        self, tenant: str, kind: TrialKind, who: str, now: datetime, *, text: str = "", asked: BudgetAsked | None = None
    ) -> str:
        _loaded(text)
        self.acts.append((kind, text, str(asked), who))
        self.trials["t1"] = Trial("t1", kind, "running", now, who, text=text)
        return "t1"

    def cancel(self, tenant: str, trial: str, now: datetime) -> bool:
        ended = self.trials[trial].state not in ("asked", "running")
        self.trials[trial] = self.trials[trial] if ended else replace(self.trials[trial], state="cancelled", ended=now)
        return not ended

    def trial(self, tenant: str, trial: str) -> Trial:
        if trial not in self.trials:
            raise NotFound("there is no such trial (any more)", where="trial", mend="begin it again")
        return self.trials[trial]


def _loaded(text: str) -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME, source="policy.toml")


class PlainWeeks:
    """Implements desk.WeeklyDesk: a full week, and an empty one before."""

    def review(self, tenant: str, week: date | None) -> WeekReview:
        return week_review(empty=week is not None and week < FIRST)


def week_review(*, empty: bool = False, caveat: Caveat = "") -> WeekReview:
    """Return a week that has everything in it, or nothing."""
    all_ended = [] if empty else endings()
    seen = WeekSeen(7, 61_000, 1234, 1200, (("too_hard", 900), (HOSTILE, 334)), (("core", 100),), 5)
    done = WeekDone(400, 44, (("email", 300), (HOSTILE, 2)), (("cap_week", 30), (HOSTILE, 1)), 3, 20,
                    (("reached", 9), ("no_answer", 4)), 260, 2)  # fmt: skip
    return WeekReview(
        tenant="main", first=SMALL_WEEK if empty else FIRST, caveat=caveat, whole=True, policy=POLICY,
        seen=WeekSeen(0, None, 0, 0, (), (), 0) if empty else seen,
        done=WeekDone(0, 0, (), (), 0, 0, (), 0, 0) if empty else done,
        ended=WeekEnded(
            tally_endings(counts_of(all_ended), "all").get(""), None,
            tuple(tally_endings(counts_of(all_ended), "rule").items()),
        ),
        care=line("", (0, 0), (0, 0)) if empty else line("", (8000, 6500), (2000, 1560)),
        playbooks=() if empty else LINES,
    )  # fmt: skip


def review_desk(*, policies: PlainPolicies | None = None, evidence: str = "full", caveat: Caveat = "") -> CareDesk:
    """Return the four parts over plain data."""
    return CareDesk(
        zone=ZONE, playbooks=PlainPlaybooks(), evidence=PlainEvidence(evidence), policies=policies or PlainPolicies(),
        weekly=PlainWeeks(), caveat=lambda: caveat,
    )  # fmt: skip


def finished(trial: Trial, **report: object) -> Trial:
    """Return a trial that is done."""
    return replace(trial, state="done", ended=NOW, **report)  # type: ignore[arg-type]
