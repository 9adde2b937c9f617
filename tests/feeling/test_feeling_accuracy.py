"""A floor under the measured accuracy, so that a change of words or rules cannot quietly make it worse."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _benchmark() -> ModuleType:
    """Return benchmarks/feeling.py, which is a script and not part of a package."""
    path = Path(__file__).parents[2] / "benchmarks" / "feeling.py"
    spec = importlib.util.spec_from_file_location("benchmark_feeling", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


BENCHMARK = _benchmark()

needs_data = pytest.mark.skipif(
    not BENCHMARK.data_folder().is_dir(), reason="no sentiment_zh folder; set STAYCOURSE_SHARED_DATA"
)


@needs_data
@pytest.mark.parametrize("half", ["dev", "test"])
@pytest.mark.parametrize(
    ("name", "accuracy", "harmonic"),
    [("mooc", 0.72, 0.43), ("shopping", 0.81, 0.84), ("waimai", 0.70, 0.78), ("hotel", 0.69, 0.68)],
)
def test_floor(name: str, half: str, accuracy: float, harmonic: float) -> None:
    score = BENCHMARK.measure(BENCHMARK.staycourse_reader, BENCHMARK.load(name, half))
    assert score.accuracy >= accuracy
    assert score.harmonic >= harmonic


def test_equal_texts_share_a_half() -> None:
    assert BENCHMARK.half_of("很好") == BENCHMARK.half_of("很好") in {"dev", "test"}
    assert BENCHMARK.half_of("\ud800") in {"dev", "test"}
