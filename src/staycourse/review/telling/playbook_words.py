"""A playbook in a few words, in the reader's language: what it is called, who enters, how many steps it has."""

from __future__ import annotations

from typing import Any

import msgspec

from staycourse.kernel import Words
from staycourse.policy import EnterPolicy, PlaybookPolicy


def enters_text(enter: EnterPolicy, words: Words) -> str:
    """Say who enters a playbook."""
    t, comma = words.t, words.t("playbooks.comma")
    if enter.causes:
        said = t("playbooks.enter.causes", causes=comma.join(words.named("cause", one, "name") for one in enter.causes))
    elif enter.event:
        said = t("playbooks.enter.event", event=words.named("verb", enter.event))
        if enter.minutes_before is not None:
            said = t("playbooks.enter.before", enter=said, minutes=t("care.minutes", n=enter.minutes_before))
    elif enter.stage:
        said = t("playbooks.enter.stage", stage=words.named("stage", enter.stage))
    elif enter.birthday:
        said = t("playbooks.enter.birthday")
    else:
        asked = [f"{words.named('signal', one.signal, 'name')} {one.op} {one.at:g}" if one.at is not None
                 else words.named("signal", one.signal, "name") for one in enter.when]  # fmt: skip
        said = t("playbooks.enter.when", conditions=comma.join(asked))
    if len(enter.tiers) == 1:
        return t("playbooks.enter.tier", enter=said, tier=words.named("tier", enter.tiers[0]))
    return said


def playbook_text(written: str, words: Words) -> str:
    """Say what the playbook of a change is, which is `written` as JSON; the JSON if it is no playbook of today."""
    try:
        book = msgspec.convert(_said(msgspec.json.decode(written)), PlaybookPolicy)
    except msgspec.MsgspecError:
        return written
    return words.t(
        "policy.playbook" if book.enabled else "policy.playbook.off",
        title=book.title.of(words.language), enters=enters_text(book.enter, words), steps=len(book.steps),
    )  # fmt: skip


def _said(value: Any) -> Any:
    """Return `value` without the empty texts that stand for what was left out: a file may not say them."""
    if isinstance(value, dict):
        return {name: _said(inner) for name, inner in value.items() if inner != ""}
    return [_said(one) for one in value] if isinstance(value, list) else value
