"""A message whose try failed waits for the next one: it is not said to be sent just now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plain_care import message_line

from staycourse.kernel import words_of
from staycourse.web.console.contacts import message_state


@pytest.mark.parametrize(
    ("state", "attempts", "said"),
    [("claimed", 0, "Being sent"), ("claimed", 2, "To be tried again"), ("failed", 2, "Failed"), ("sent", 1, "Sent")],
)
def test_a_failed_try_is_told_apart(state: str, attempts: int, said: str) -> None:
    line = replace(message_line(0), state=state, attempts=attempts)
    assert message_state(line, words_of("en")) == said
    assert message_state(line, words_of("zh-CN")) != message_state(line, words_of("en"))
