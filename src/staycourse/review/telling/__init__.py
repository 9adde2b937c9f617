"""What review found, in the reader's language: changes of a policy, proposals, playbooks, evidence."""

# isort: off
from staycourse.review.telling.compared_words import part_rows, whole_rows
from staycourse.review.telling.evidence_words import detectable_sentence, evidence_sentences, verdict_sentence
from staycourse.review.telling.playbook_words import enters_text
from staycourse.review.telling.policy_fields import word_text
from staycourse.review.telling.policy_words import (
    assumption_text, bound_text, change_text, declined_text, interval_text, proposal_text, rule_text, verdict_text,
)  # fmt: skip

__all__ = [
    "assumption_text", "bound_text", "change_text", "declined_text", "detectable_sentence", "enters_text",
    "evidence_sentences", "interval_text", "part_rows", "proposal_text", "rule_text", "verdict_sentence",
    "verdict_text", "whole_rows", "word_text",
]  # fmt: skip
