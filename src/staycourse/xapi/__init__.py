"""xAPI's statements and documents: read strictly, written down, found again, given out. No web and no store here."""

# isort: off
from staycourse.xapi.actors import identity
from staycourse.xapi.asking import (
    DocumentQuery, StatementQuery, activity_of, activity_profile_query, agent_of, agent_profile_query, check_document,
    known, merged, put_id, state_query, statement_query,
)  # fmt: skip
from staycourse.xapi.faults import BadStatement, Changed, Conflict
from staycourse.xapi.forgetting import NOBODY, without
from staycourse.xapi.formats import canonical, in_one_language, person, preferred, with_ids, with_more
from staycourse.xapi.matching import same_statement
from staycourse.xapi.multipart import Attached, attached, matched, pieces_of, written
from staycourse.xapi.json_text import json_of
from staycourse.xapi.plain import plain_statements
from staycourse.xapi.reading import Reader
from staycourse.xapi.signing import check_signatures
from staycourse.xapi.terms import ACTIVITY, AGENT, ANY_AGENT, PEOPLE, people_of, term
from staycourse.xapi.told import Part, Statement

__all__ = [
    "ACTIVITY", "AGENT", "ANY_AGENT", "Attached", "BadStatement", "Changed", "Conflict", "DocumentQuery", "NOBODY",
    "PEOPLE", "Part", "Reader", "Statement", "StatementQuery", "activity_of", "activity_profile_query", "agent_of",
    "agent_profile_query", "attached", "canonical", "check_document", "check_signatures", "identity",
    "in_one_language", "json_of", "known", "matched", "merged", "people_of", "person", "pieces_of", "plain_statements",
    "preferred", "put_id", "same_statement", "state_query", "statement_query", "term", "with_ids", "with_more",
    "without", "written",
]  # fmt: skip
