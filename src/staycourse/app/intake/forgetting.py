"""One learner in the learning record store: forgotten there too.

Statements that the learner made go, with their attachments and documents (their rows name the learner). In statements
that others made about the learner, nobody stands in the learner's place (staycourse.xapi.NOBODY).
"""

from __future__ import annotations

from staycourse.adapters.log import remove_damaged, waiting_kept
from staycourse.adapters.store.doors import StatementBook
from staycourse.app.homes.home import Home
from staycourse.app.intake.indexing import JOURNAL
from staycourse.app.intake.lrs import RecordStore
from staycourse.app.intake.statements import learner_of
from staycourse.kernel import StorageFault, worded
from staycourse.xapi import json_of, people_of, without

WAIT = "statements about this learner are on their way into the store: nothing was erased yet"


def forget_statements(home: Home, learner: str, names: set[str]) -> int:
    """Make a learner's statements ready to go with the learner's rows; return how many of others' were rewritten.

    The learner must be marked as erased already, so that nothing comes in again. StorageFault while a server still
    holds something in its journal.
    """
    with RecordStore(home) as records:
        book: StatementBook = records.statements
        if statements_waiting(home, learner):
            raise StorageFault(
                WAIT, where=worded("tenant {tenant}", tenant=home.tenant), mend="call it again in ten seconds"
            )
        changed = book.erase(home.tenant, learner, without)
    remove_damaged(home.path / JOURNAL, names)
    return changed


def statements_waiting(home: Home, learner: str) -> int:
    """Count the statements about a learner that wait in the journals of servers."""
    spelled = learner.encode()
    count = 0
    for tenant, kept in waiting_kept(home.path / JOURNAL):
        if tenant == home.tenant:
            for one in kept:
                if spelled in one.body:
                    count += any(learner_of(person) == learner for person in people_of(json_of(one.body)))
    return count
