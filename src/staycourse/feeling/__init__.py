"""Text feeling: does what a learner wrote sound negative, neutral or positive?

Reads text only, in Chinese or English, never voice or face. Offline, deterministic, and bounded in time for any
string. A hint among other signals, not a verdict: of labelled reviews 7 to 18 in 100 are read the wrong way round
(docs/decisions/0005-text-feeling.md).
"""

from staycourse.feeling.reading import FEELING_VERSION, Feeling, feel, feel_many

__all__ = ["FEELING_VERSION", "Feeling", "feel", "feel_many"]
