"""What the law gives a learner: all that is held of them in one document, and to be forgotten everywhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from staycourse.adapters.channels import erase_lines, messages_to
from staycourse.adapters.importers import erase_rejected, rejected_rows
from staycourse.adapters.shelf import clear_left
from staycourse.adapters.store import LawBook, mentions
from staycourse.adapters.store.care import AuditLog, JourneyBook
from staycourse.app.homes.home import Home
from staycourse.app.intake.forgetting import forget_statements
from staycourse.app.nights.backup import clear_killed
from staycourse.app.nights.compaction import take_in_all
from staycourse.kernel import NotFound, StorageFault, worded

EXPORT, ERASE = "learner.export", "learner.erase"
EXPORT_VERSION = 1
WITHOUT_END = 10**6
"""Days: an export holds every one."""

WAIT = "a message to this learner is on its way: nothing was erased yet"
REMAINS = "the learner is not gone yet"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure took away. `mark` is all that is kept of the learner; `again` if it was asked for before."""

    mark: str
    again: bool
    events: int
    files: int
    risks: int
    models: int
    rejected: int
    messages: int
    damaged: int
    rows: Mapping[str, int]
    rewritten: int = 0


def export_learner(home: Home, learner: str, *, actor: str) -> dict[str, Any]:
    """Return all that is held of `learner`, fit for JSON, and note in the audit log that it was given out.

    NotFound if nothing is.
    """
    tenant, law = home.tenant, LawBook(home.database)
    named = mentions(law.names(tenant, learner))
    kept = home.lake.events_of(tenant, learner, limit_days=WITHOUT_END)
    risks = home.shelf.learner_risks(tenant, learner)
    found = {
        "events": kept.drop_columns(["event_hash"]).to_pylist(),
        "events_waiting": home.log_place.waiting_events(tenant, learner),
        "risks": risks.to_pylist() if risks is not None else [],
        "store": law.held(tenant, learner),
        "messages_in_files": [
            {"file": place.name, **line}
            for place in _message_files(home)
            for line in messages_to(place, tenant, learner)
        ],
        "rejected_rows": rejected_rows(home.path / "rejected", named),
    }
    if not any(found.values()):
        raise _nobody(learner)
    now = home.settings.clock.now()
    AuditLog(home.database).record(tenant, actor, EXPORT, at=now, learner=learner)
    return {"format": "staycourse-learner", "version": EXPORT_VERSION, "tenant": tenant, "learner": learner,
            "exported": now} | found  # fmt: skip


def erase_learner(home: Home, learner: str, *, actor: str) -> Erasure:
    """Take `learner` out of everything in the home and its store; a salted hash is all that stays.

    Killed anywhere, it goes on when it is called again. NotFound if nothing is held and nobody was ever erased by that
    id; StorageFault while a message to the learner is being sent.
    """
    tenant, law, now = home.tenant, LawBook(home.database), home.settings.clock.now()
    if not _known(home, law, learner):
        raise _nobody(learner)
    mark, again = law.begin(tenant, learner, now)
    _stop(home, learner, now)
    if law.sending(tenant, learner, now):
        raise StorageFault(WAIT, where=worded("tenant {tenant}", tenant=tenant), mend="call it again in ten minutes")
    names = law.names(tenant, learner)
    rewritten = forget_statements(home, learner, names)
    take_in_all(home)
    models = _withdraw_models(home, law, learner)
    lake = home.lake.erase(tenant, learner)
    home.engine.roll_up(tenant)
    _forget_name(_rollup(home), learner)
    # The store comes last: what names the learner is read from it, should this be broken off here.
    erasure = Erasure(
        mark=mark, again=again, events=lake.events, files=lake.files, risks=home.shelf.erase(tenant, learner),
        models=models, rejected=erase_rejected(home.path / "rejected", mentions(names)),
        messages=sum(erase_lines(place, tenant, learner) for place in _message_files(home)),
        damaged=home.log_place.remove_damaged(names), rows=law.erase(tenant, learner, names),
        rewritten=rewritten,
    )  # fmt: skip
    clear_killed(home)
    _prove(home, law, learner, names)
    AuditLog(home.database).record(tenant, actor, ERASE, at=now, erasure=mark)
    law.finish(tenant, mark, now)
    return erasure


def who_got_coupons(home: Home) -> list[dict[str, Any]]:
    """Return every coupon given, the newest first, with the rule that gave it as the policy in force states it.

    `rule` is empty where the campaign stands in the policy no more. Nothing here knows a risk (PIPL, article 24).
    """
    campaigns = home.policy(home.tenant).campaigns
    return [
        row | {"rule": _rule(campaigns[row["campaign"]]) if row["campaign"] in campaigns else {}}
        for row in LawBook(home.database).coupons(home.tenant)
    ]


def _rule(campaign: Any) -> dict[str, Any]:
    """Return what a campaign asks of a learner, what it does not ask left out."""
    asked = {name: getattr(campaign, name) for name in RULE_FIELDS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items() if value}


RULE_FIELDS = ("opens", "closes", "countries", "courses", "paid_at_least_minor", "currency", "tenure_days")
"""The fields of a campaign that decide who may have its coupon."""


def _stop(home: Home, learner: str, now: datetime) -> None:
    """Let the learner leave every journey: no step of theirs is taken any more."""
    journeys = JourneyBook(home.database)
    journeys.leave(home.tenant, [one.journey for one in journeys.active(home.tenant, [learner])], "erased", now)


def _forget_name(rollup: Path, learner: str) -> None:
    from staycourse.adapters.engines.duckdb import forget_name  # brings ibis and its SQL compilers along

    forget_name(rollup, learner)


def _known(home: Home, law: LawBook, learner: str) -> bool:
    tenant = home.tenant
    return bool(
        law.erased(tenant, [learner])
        or law.remaining(tenant, learner)
        or home.lake.holds(tenant, learner)
        or home.log_place.waiting_events(tenant, learner)
    )


def _withdraw_models(home: Home, law: LawBook, learner: str) -> int:
    """Give up the models that may have learned from the learner, before the lake forgets that they could.

    Whose events are in the lake may have been a lesson in each of them.
    """
    if not home.lake.holds(home.tenant, learner):
        return 0
    law.withdraw_models(home.tenant, home.settings.clock.now())
    return home.shelf.drop_models(home.tenant)


def _prove(home: Home, law: LawBook, learner: str, names: Collection[str]) -> None:
    """Look once more; StorageFault names where the learner still is."""
    left = [f"table {name}" for name in law.remaining(home.tenant, learner)]
    left += ["lake"] if home.lake.holds(home.tenant, learner) else []
    left += ["log"] if home.log_place.waiting_events(home.tenant, learner) else []
    risks = home.shelf.learner_risks(home.tenant, learner)
    left += ["risks"] if risks is not None and risks.num_rows else []
    left += [place.name for place in _message_files(home) if any(messages_to(place, home.tenant, learner))]
    left += ["rejected rows"] if any(rejected_rows(home.path / "rejected", mentions(names))) else []
    left += ["an export that is being sent"] if clear_left(home.path) else []
    if left:
        raise StorageFault(REMAINS, where=", ".join(left), mend="call it again")


def _message_files(home: Home) -> list[Path]:
    """Return the files of the file channels, those that no channel writes any more too."""
    return sorted(home.path.glob("*.jsonl"))


def _rollup(home: Home) -> Path:
    return home.path / "tenants" / home.tenant / "rollup"


def _nobody(learner: str) -> NotFound:
    return NotFound(worded("nothing is held of {learner!r}", learner=learner[:60]), where="ID", mend="check the id")


def audit_lines(home: Home, learner: str, top: int) -> list[dict[str, Any]]:
    """Return the newest lines of the audit log, about one learner or ("") all."""
    lines = AuditLog(home.database).read(home.tenant, learner=learner, limit=top)
    return [{name: value for name, value in line.items() if name != "tenant"} for line in lines]
