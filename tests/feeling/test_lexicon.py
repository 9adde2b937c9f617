"""The word tables are read strictly, so that a slip in them is a failed build and not a worse answer."""

from pathlib import Path

import pytest

from staycourse.feeling import lexicon
from staycourse.feeling.lexicon import Kind, read_lexicon


@pytest.mark.parametrize("name", ["words_zh.tsv", "words_en.tsv"])
def test_shipped_tables_are_sound(name: str) -> None:
    words = read_lexicon(name)
    assert len(words) > 100
    assert all(-4 <= entry.weight <= 4 for entry in words.values())


def test_chinese_table_is_written_in_its_own_folded_form() -> None:
    words = read_lexicon("words_zh.tsv")
    folded = {word[0] for word, entry in words.items() if entry.kind is Kind.FOLD}
    lost = [word for word, entry in words.items() if entry.kind is not Kind.FOLD and folded & set(word)]
    assert lost == [], "a word with a traditional character can never be found"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("polar\t1\t好\n", "line 1"),
        ("# note\nunknown\t1\ttopic\t好\n", "line 2"),
        ("polar\tmuch\ttopic\t好\n", "line 1"),
        ("polar\t1\ttopic\t好 坏\npolar\t-1\ttopic\t坏\n", "stands twice"),
    ],
)
def test_a_broken_table_is_named(content: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("broken.tsv").write_text(content, encoding="utf-8")
    monkeypatch.setattr(lexicon, "files", lambda _package: tmp_path)
    with pytest.raises(ValueError, match=complaint):
        read_lexicon("broken.tsv")
