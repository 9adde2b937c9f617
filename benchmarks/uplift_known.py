"""Weighs two known experiments with the product's own functions and prints one table, ours beside the published.

Run: `python benchmarks/uplift_known.py`. The data is read from the folder named by STAYCOURSE_SHARED_DATA (default
../shared/data beside the repository) and never shipped.

Hillstrom: 64,000 customers, a third each with an e-mail on men's merchandise, on women's, and none (K. Hillstrom, The
MineThatData E-Mail Analytics And Data Mining Challenge, 20 March 2008). Cookie Cats: 90,189 players of a mobile game
whose first gate stood at level 30 or 40 (Tactile Entertainment). Where each published figure stands is in SOURCES.
"""

import csv
import gzip
import math
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from staycourse.review import Counts, Stratum, Sums, Uplift, detectable, sample_ratio, uplift
from staycourse.review.sequential import always_valid_multiplier

SOURCES = {
    "A": "github.com/Vicientt/AB_Email_Testing, README (conversion rates, lifts, spend lifts)",
    "B": "Yasui, Introduction to the verification of effects (2020, in Japanese), chapter 1, as its code prints",
    "C": "github.com/duketemon/pyuplift, docs, load_hillstrom_email_marketing (averages over all arms)",
    "D": "the figures usually quoted of the visits, to one decimal; no stored page with all three was found",
    "E": 'README "E-commerce Email Uplift: A/B, CIs" (conversion and spend lifts with 95 % intervals, ± 1.96 SE)',
    "F": "github.com/dorukalkan/cookie-cats-ab-test, README (rates, difference, interval, chi-square, MDE)",
    "G": "github.com/akthammomani/AB-Testing-cookie-CATS, README (1-day retention; as DataCamp's project)",
    "H": 'README "Hillstrom E-mail A/B Test & Uplift Modeling" (conversion rates and relative lifts)',
}


class Row(NamedTuple):
    """One published figure: what it is, its source, the figure, its decimals, and ours in the same unit."""

    what: str
    source: str
    published: float
    decimals: int
    ours: float

    @property
    def agreement(self) -> str:
        """Say how ours becomes the published figure: rounded to its decimals, only cut off at them, or it differs."""
        if math.isclose(round(self.ours, self.decimals), self.published, abs_tol=1e-12):
            return ""
        cut = math.trunc(self.ours * 10**self.decimals) / 10**self.decimals
        return "published cut off" if math.isclose(cut, self.published, abs_tol=1e-12) else "differs"


def data_folder() -> Path:
    """Return where the experiments should be; the folder may be missing."""
    beside = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    return Path(os.environ.get("STAYCOURSE_SHARED_DATA", beside)) / "uplift"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(data_folder() / name, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def hillstrom(column: str) -> dict[str, Counts]:
    """Return the arms of a yes-or-no outcome (visit, conversion) by treatment."""
    seen: defaultdict[str, list[int]] = defaultdict(list)
    for row in _rows("hillstrom.csv.gz"):
        seen[row["treatment"]].append(int(row[column]))
    return {arm: Counts(len(values), sum(values)) for arm, values in seen.items()}


def hillstrom_spend() -> dict[str, Sums]:
    """Return the arms of the dollars spent by treatment."""
    seen: defaultdict[str, list[float]] = defaultdict(list)
    for row in _rows("hillstrom.csv.gz"):
        seen[row["treatment"]].append(float(row["spend"]))
    return {arm: Sums(len(values), sum(values), sum(value**2 for value in values)) for arm, values in seen.items()}


def cookie_cats(column: str) -> dict[str, Counts]:
    """Return the arms of a retention (retention_1, retention_7) by the gate's place."""
    seen: defaultdict[str, list[int]] = defaultdict(list)
    for row in _rows("cookie_cats.csv.gz"):
        seen[row["version"]].append(row[column] == "TRUE")
    return {arm: Counts(len(values), sum(values)) for arm, values in seen.items()}


def against(treated: Counts | Sums, held: Counts | Sums) -> Uplift:
    """Return the uplift of one arm over another, drawn alike."""
    return uplift([Stratum("all", treated, held, 0.5)])


def wald(found: Uplift) -> tuple[float, float]:
    """Return difference ± 1.96 standard errors, the interval of source E, from the product's standard error."""
    assert found.always_valid is not None
    error = (found.always_valid.high - found.difference) / always_valid_multiplier(found.n_treated + found.n_held)
    return found.difference - 1.96 * error, found.difference + 1.96 * error


def hillstrom_rows() -> list[Row]:
    """Return what was published of Hillstrom's experiment beside ours."""
    none, mens, womens = "No E-Mail", "Mens E-Mail", "Womens E-Mail"
    visit, bought, spend = hillstrom("visit"), hillstrom("conversion"), hillstrom_spend()
    everyone = sum(arm.n for arm in visit.values())
    men, women = against(bought[mens], bought[none]), against(bought[womens], bought[none])
    men_spend, women_spend = against(spend[mens], spend[none]), against(spend[womens], spend[none])
    rows = [
        Row("visit, none, %", "D", 10.6, 1, 100 * visit[none].mean),
        Row("visit, women's, %", "D", 15.1, 1, 100 * visit[womens].mean),
        Row("visit, men's, %", "D", 18.3, 1, 100 * visit[mens].mean),
        Row("visit, all arms", "C", 0.14678, 5, sum(arm.successes for arm in visit.values()) / everyone),
        Row("conversion, all arms", "C", 0.00903, 5, sum(arm.successes for arm in bought.values()) / everyone),
        Row("spend, all arms, $", "C", 1.05091, 5, sum(arm.total for arm in spend.values()) / everyone),
        Row("conversion, none, %", "A", 0.573, 3, 100 * bought[none].mean),
        Row("conversion, women's, %", "H", 0.884, 3, 100 * bought[womens].mean),
        Row("conversion, men's, %", "A", 1.253, 3, 100 * bought[mens].mean),
        Row("conversion, men's, relative, %", "H", 118.8, 1, 100 * (men.relative or 0)),
        Row("conversion, women's, relative, %", "H", 54.3, 1, 100 * (women.relative or 0)),
        Row("conversion, men's, uplift, points", "A", 0.681, 3, 100 * men.difference),
        Row("conversion, women's, uplift, points", "A", 0.311, 3, 100 * women.difference),
        Row("spend, none, $", "B", 0.652789, 6, men_spend.held),
        Row("spend, men's, $", "B", 1.422617, 6, men_spend.treated),
        Row("spend, men's, uplift, $", "A", 0.770, 3, men_spend.difference),
        Row("spend, women's, uplift, $", "A", 0.424, 3, women_spend.difference),
    ]
    published = [
        ("conversion, men's", men, 100.0, (0.500, 0.861)),
        ("conversion, women's", women, 100.0, (0.150, 0.472)),
        ("spend, men's", men_spend, 1.0, (0.485, 1.054)),
        ("spend, women's", women_spend, 1.0, (0.169, 0.680)),
    ]
    for what, found, unit, ends in published:
        for end, told, ours in zip(("from", "to"), ends, wald(found), strict=True):
            rows.append(Row(f"{what}, uplift ± 1.96 SE, {end}", "E", told, 3, unit * ours))
    return rows


def cookie_rows() -> list[Row]:
    """Return what was published of Cookie Cats beside ours."""
    day_1, day_7 = cookie_cats("retention_1"), cookie_cats("retention_7")
    late, early = day_7["gate_40"], day_7["gate_30"]
    week, total = against(late, early), late.n + early.n
    first = against(day_1["gate_40"], day_1["gate_30"])
    drawn = sample_ratio([early.n, late.n], [0.5, 0.5])
    seen = detectable(total, early.n / total, early.mean)
    assert week.relative is not None and drawn is not None and seen.fixed is not None
    return [
        Row("players", "F", 90_189, 0, total),
        Row("day 1, gate 30, %", "G", 44.8, 1, 100 * first.held),
        Row("day 1, gate 40, %", "G", 44.2, 1, 100 * first.treated),
        Row("day 1, gate 30, %", "F", 44.81, 2, 100 * first.held),
        Row("day 1, gate 40, %", "F", 44.22, 2, 100 * first.treated),
        Row("day 1, difference, points", "F", -0.59, 2, 100 * first.difference),
        Row("day 7, gate 30, %", "F", 19.02, 2, 100 * week.held),
        Row("day 7, gate 40, %", "F", 18.20, 2, 100 * week.treated),
        Row("day 7, difference, points", "F", -0.82, 2, 100 * week.difference),
        Row("day 7, difference, from", "F", -1.33, 2, 100 * week.fixed.low),
        Row("day 7, difference, to", "F", -0.31, 2, 100 * week.fixed.high),
        Row("day 7, relative, %", "F", -4.31, 2, 100 * week.relative),
        Row("draw, chi-square p", "F", 0.008, 3, drawn),
        Row("detectable at 80 %, points", "F", 0.74, 2, 100 * seen.fixed),
    ]


def main() -> int:
    """Print the table; the exit code is 0, also when the data is not there."""
    if not data_folder().is_dir():
        print("skipped: no uplift folder; point STAYCOURSE_SHARED_DATA at the shared data")
        return 0
    for name, rows in (("Hillstrom", hillstrom_rows()), ("Cookie Cats", cookie_rows())):
        print(f"{name:<44}{'source':>6}{'published':>16}{'ours':>16}")
        for row in rows:
            figures = f"{row.published:>16,.{row.decimals}f}{row.ours:>16,.{row.decimals + 2}f}"
            print(f"  {row.what:<42}{row.source:>6}{figures}  {row.agreement}".rstrip())
    week = against(cookie_cats("retention_7")["gate_40"], cookie_cats("retention_7")["gate_30"])
    assert week.always_valid is not None
    low, high = 100 * week.always_valid.low, 100 * week.always_valid.high
    print(f"Cookie Cats, day 7, read at any time: {low:.2f} to {high:.2f} points (tuning 5,000)")
    for letter, source in SOURCES.items():
        print(f"  {letter}: {source}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
