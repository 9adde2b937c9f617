"""What to do: which risks alert, how pressing each is, and the answer that is suggested."""

from staycourse.care.candidates import CANDIDATES_SCHEMA, candidates
from staycourse.care.priority import priority
from staycourse.care.suggestions import suggestion_of

__all__ = ["CANDIDATES_SCHEMA", "candidates", "priority", "suggestion_of"]
