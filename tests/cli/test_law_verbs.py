"""The verbs of the law as an operator calls them: what an erasure took away and changed is told."""

import json
from pathlib import Path

from lrs_site import ADA, BOB, open_lrs, statement
from small_platform import Run


def with_statements(place: Path, learners: int) -> None:
    """Let Ada say something, and Bob something about her, in the learning record store of a home."""
    with open_lrs(place) as lrs:
        about_ada = [statement(10 + number, actor=BOB, object=ADA) for number in range(learners)]
        assert lrs.post([statement(1), *about_ada]).status_code == 200
        assert lrs.records.wait()


def test_an_erasure_tells_which_of_others_statements_it_rewrote(run: Run, tmp_path: Path) -> None:
    with_statements(tmp_path / "home", 2)
    code, said, _ = run("erase-learner", "ada@example.org", "--yes")
    assert code == 0 and "2 statements of others now name nobody" in said, said
    assert "looked once more" in said and said.rstrip().endswith("nothing remains")
    code, said, _ = run("erase-learner", "ada@example.org", "--yes")
    assert code == 0 and "statement" not in said.replace("xapi_statements", ""), "nothing was left to rewrite"


def test_a_program_is_told_too(run: Run, tmp_path: Path) -> None:
    with_statements(tmp_path / "home", 1)
    code, said, _ = run("erase-learner", "ada@example.org", "--yes", "--json")
    assert code == 0 and json.loads(said)["rewritten"] == 1
