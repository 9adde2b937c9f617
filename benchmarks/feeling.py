"""Measures text feeling against labelled reviews and prints one table.

Run: `python benchmarks/feeling.py [dev|test]` (default test). The word tables were worked on with the dev half in
sight; only the test half is to be quoted. The data carries no known licence, so it is read from the folder named by
STAYCOURSE_SHARED_DATA (default ../shared/data beside the repository) and never shipped. snownlp, where installed, is
measured on a fixed sample, because the whole test half would take it many minutes.
"""

import csv
import gzip
import hashlib
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from staycourse.feeling import FEELING_VERSION, feel_many

FILES = {
    "mooc": "mooc_reviews_zh_4002.csv.gz",
    "shopping": "online_shopping_10_cats.csv.gz",
    "waimai": "waimai_10k.csv.gz",
    "hotel": "ChnSentiCorp_htl_all.csv.gz",
}
SNOWNLP_SAMPLE = 2_000
"""Texts per set read by snownlp, drawn with a fixed seed."""

ENGLISH = (
    "The teacher explains everything so well!",
    "Video keeps freezing, I want a refund.",
    "When is lesson 4?",
)
"""Short English posts for the speed row; there is no labelled English set in the folder."""

Reader = Callable[[Sequence[str]], list[int]]


class Labelled(NamedTuple):
    """One review and what its writer meant: -1 bad, 1 good."""

    text: str
    truth: int


class Score(NamedTuple):
    """How one reader did on one set; every figure but `texts` and `speed` is a share from 0 to 1.

    `speed` is texts per second of processor time, so that other work on the machine does not enter.
    """

    texts: int
    accuracy: float
    neutral: float
    opposite: float
    precision: float
    recall: float
    harmonic: float
    speed: float


def data_folder() -> Path:
    """Return where the labelled reviews should be; the folder may be missing."""
    beside = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    return Path(os.environ.get("STAYCOURSE_SHARED_DATA", beside)) / "sentiment_zh"


def half_of(text: str) -> str:
    """Return dev or test by the lowest bit of the first byte of the text's SHA-256: equal texts share a half."""
    return "test" if hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0] & 1 else "dev"


def _labelled(path: Path) -> Iterator[Labelled]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if "rating" not in row:
                yield Labelled(row["review"], 1 if row["label"] == "1" else -1)
            elif row["rating"] != "3":
                yield Labelled(row["review_content"], 1 if int(row["rating"]) >= 4 else -1)


def load(name: str, half: str) -> list[Labelled]:
    """Return the labelled reviews of one set and half. Three-star reviews are left out: they are neither."""
    return [one for one in _labelled(data_folder() / FILES[name]) if half_of(one.text) == half]


def measure(read: Reader, labelled: Sequence[Labelled]) -> Score:
    """Return how `read` does. Neutral counts as wrong, since no review of these sets is labelled so."""
    texts = [one.text for one in labelled]
    began = time.process_time()
    answers = read(texts)
    took = max(time.process_time() - began, 1e-9)
    pairs = list(zip(answers, (one.truth for one in labelled), strict=True))
    count = len(pairs)
    caught = sum(answer < 0 and truth < 0 for answer, truth in pairs)
    precision = caught / max(1, sum(answer < 0 for answer in answers))
    recall = caught / max(1, sum(truth < 0 for _answer, truth in pairs))
    return Score(
        texts=count,
        accuracy=sum(answer == truth for answer, truth in pairs) / count,
        neutral=sum(answer == 0 for answer in answers) / count,
        opposite=sum(answer == -truth for answer, truth in pairs) / count,
        precision=precision,
        recall=recall,
        harmonic=2 * precision * recall / (precision + recall) if caught else 0.0,
        speed=count / took,
    )


def staycourse_reader(texts: Sequence[str]) -> list[int]:
    """Read the texts with the product."""
    return [int(feeling) for feeling in feel_many(texts)]


def majority_reader(labelled: Sequence[Labelled]) -> Reader:
    """Return a reader that always gives the commoner label of the set: what knowing nothing is worth."""
    commoner = 1 if sum(one.truth for one in labelled) >= 0 else -1
    return lambda texts: [commoner] * len(texts)


def snownlp_reader() -> Reader | None:
    """Return snownlp's own two-way answer (0.5 parts good from bad), or None when it is not installed."""
    try:
        snownlp = import_module("snownlp")
    except ImportError:
        return None
    return lambda texts: [1 if text.strip() and snownlp.SnowNLP(text).sentiments >= 0.5 else -1 for text in texts]


def _print_row(name: str, reader: str, score: Score) -> None:
    shares = "".join(f"{share:>10.3f}" for share in score[1:7])
    # What answers without reading has no speed worth a figure.
    speed = "-" if reader == "majority" else f"{score.speed:,.0f}"
    print(f"{name:<9} {reader:<11}{score.texts:>7}{shares}{speed:>12}")


def _print_set(name: str, half: str, snownlp: Reader | None) -> None:
    labelled = load(name, half)
    _print_row(name, "staycourse", measure(staycourse_reader, labelled))
    _print_row(name, "majority", measure(majority_reader(labelled), labelled))
    if snownlp is not None:
        sample = random.Random(0).sample(labelled, min(SNOWNLP_SAMPLE, len(labelled)))
        _print_row(name, "snownlp", measure(snownlp, sample))


def _print_english_speed() -> None:
    texts = ENGLISH * 5_000
    began = time.process_time()
    feel_many(texts)
    speed = len(texts) / (time.process_time() - began)
    print(f"{'english':<9} {'staycourse':<11}{len(texts):>7}{'-':>10}" + f"{'-':>10}" * 5 + f"{speed:>12,.0f}")


def main(half: str = "test") -> int:
    """Print the table for one half and return the exit code: 0, also when the data is not there."""
    if half not in ("dev", "test"):
        print(f"unknown half {half!r}: say dev or test")
        return 2
    if not data_folder().is_dir():
        print("skipped: no sentiment_zh folder; point STAYCOURSE_SHARED_DATA at the shared data")
        return 0
    snownlp = snownlp_reader()
    feel_many(["好 good"])  # The word tables are read once, at the first text; that is not speed.
    print(f"text feeling, version {FEELING_VERSION}, {half} half")
    heads = ("accuracy", "neutral", "opposite", "neg prec", "neg rec", "neg F1")
    print(f"{'set':<9} {'reader':<11}{'texts':>7}" + "".join(f"{head:>10}" for head in heads) + f"{'texts/s':>12}")
    for name in FILES:
        _print_set(name, half, snownlp)
    _print_english_speed()
    if snownlp is None:
        print("snownlp: skipped, not installed")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
