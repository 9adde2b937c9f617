"""Playbooks as people look at them: who is on the way where, the choice among several, what a scene changes."""

# isort: off
from staycourse.desk.playbooks.records import (
    ChoiceArm, ChoiceLine, ChoiceSheet, END, PlaybookCounts, PlaybookDesk, PlaybookLine, PlaybookList, PlaybookStory,
    SceneLine, Traveller, Way, ways_of,
)  # fmt: skip

__all__ = [
    "ChoiceArm", "ChoiceLine", "ChoiceSheet", "END", "PlaybookCounts", "PlaybookDesk", "PlaybookLine",
    "PlaybookList", "PlaybookStory", "SceneLine", "Traveller", "Way", "ways_of",
]  # fmt: skip
