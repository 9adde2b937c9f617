"""A flow drawn on the server: boxes in layers from the top down, ways between them that cross as little as can be.

The method is the usual one of layered drawing (Sugiyama, Tagawa and Toda, IEEE SMC-11, 1981): layers by the longest
path, an empty place in every layer that a way passes, orders by the mean of the neighbours, then places by the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

WIDTH = 200.0
TEXT_WIDTH = WIDTH - 24
"""Pixels: what of a box its text may fill."""
PASSAGE = 60.0
GAP = 20.0
BETWEEN = 54.0
MARGIN = 10.0
LINE = 18.0
SWEEPS = 8
APART = 28.0
"""Pixels: between two ways that leave one box."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box to be drawn: `title` and `lines` are wrapped already; `kind` chooses its look; `count` stands in it."""

    id: str
    kind: str
    title: tuple[str, ...]
    lines: tuple[str, ...] = ()
    count: str = ""

    @property
    def height(self) -> float:
        """Pixels."""
        return 18.0 + LINE * (len(self.title) + len(self.lines) + bool(self.count))


@dataclass(frozen=True, slots=True)
class Arrow:
    """One way from box to box, with what stands beside it."""

    source: str
    target: str
    label: str = ""
    kind: str = "next"


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box where it stands: its left upper corner, and the baselines of its lines."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    texts: tuple[tuple[str, float, str], ...]


@dataclass(frozen=True, slots=True)
class PlacedArrow:
    """A way as an SVG path, and where its label stands."""

    path: str
    label: str
    kind: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole drawing. Pixels."""

    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    arrows: tuple[PlacedArrow, ...]


@dataclass(slots=True)
class _Layers:
    """The layers while they are ordered: names of boxes and of the empty places (`way number/layer`) between them."""

    layers: list[list[str]]
    above: dict[str, list[str]] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)

    def join(self, upper: str, lower: str) -> None:
        self.below.setdefault(upper, []).append(lower)
        self.above.setdefault(lower, []).append(upper)


def drawn(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Flow:
    """Place `boxes` (the first one on top) and the `arrows` between them."""
    known = {box.id: box for box in boxes}
    forward, backward = _parted(boxes, arrows)
    depth = _depths(boxes, forward)
    layers, chains = _layered(boxes, forward, depth)
    _order(layers)
    middles = _places(layers, known)
    tops, heights = _tops(layers, known)
    left = min(middles[name] - _width(name, known) / 2 for layer in layers.layers for name in layer) - MARGIN
    middles = {name: x - left for name, x in middles.items()}
    right = max(middles[name] + _width(name, known) / 2 for layer in layers.layers for name in layer)
    placed = tuple(_box(box, middles[box.id], tops[depth[box.id]]) for box in boxes)
    at = {one.box.id: one for one in placed}
    ways = [*_forward(chains, forward, middles, tops, heights, depth, at), *_backward(backward, at, right)]
    width = right + MARGIN + (APART * len(backward))
    return Flow(round(width, 1), round(tops[-1] + heights[-1] + MARGIN, 1), placed, tuple(ways))


def _parted(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> tuple[list[Arrow], list[Arrow]]:
    """Part the ways that lead on from those that lead back to where one came from."""
    leads: dict[str, list[Arrow]] = {}
    for arrow in arrows:
        leads.setdefault(arrow.source, []).append(arrow)
    forward: list[Arrow] = []
    backward: list[Arrow] = []
    done: set[str] = set()

    def walk(name: str, path: frozenset[str]) -> None:
        for arrow in leads.get(name, ()):
            (backward if arrow.target in path else forward).append(arrow)
            if arrow.target not in path and arrow.target not in done:
                walk(arrow.target, path | {arrow.target})
        done.add(name)

    for box in boxes:
        if box.id not in done:
            walk(box.id, frozenset({box.id}))
    return forward, backward


def _depths(boxes: Sequence[Box], forward: Sequence[Arrow]) -> dict[str, int]:
    depth = dict.fromkeys((box.id for box in boxes), 0)
    for _ in boxes:
        for arrow in forward:
            depth[arrow.target] = max(depth[arrow.target], depth[arrow.source] + 1)
    return depth


def _layered(
    boxes: Sequence[Box], forward: Sequence[Arrow], depth: Mapping[str, int]
) -> tuple[_Layers, list[list[str]]]:
    """Return the layers, and for each way the places that it passes from its source to its target."""
    layers = _Layers([[] for _ in range(max(depth.values()) + 1)])
    for box in boxes:
        layers.layers[depth[box.id]].append(box.id)
    chains = []
    for number, arrow in enumerate(forward):
        passed = [f"{number}/{layer}" for layer in range(depth[arrow.source] + 1, depth[arrow.target])]
        for name, layer in zip(passed, range(depth[arrow.source] + 1, depth[arrow.target]), strict=True):
            layers.layers[layer].append(name)
        chains.append([arrow.source, *passed, arrow.target])
        for upper, lower in pairwise(chains[-1]):
            layers.join(upper, lower)
    return layers, chains


def _order(layers: _Layers) -> None:
    """Order each layer by where its neighbours stand, to and fro, and keep the order with the fewest crossings."""
    best, fewest = [list(layer) for layer in layers.layers], _crossings(layers)
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        near = layers.above if downward else layers.below
        for layer in layers.layers if downward else reversed(layers.layers):
            place = {name: at for other in layers.layers for at, name in enumerate(other)}
            layer.sort(key=lambda name: fmean([place[one] for one in near.get(name, [name])]))
        found = _crossings(layers)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers.layers], found
    layers.layers[:] = best


def _crossings(layers: _Layers) -> int:
    found = 0
    for upper, lower in pairwise(layers.layers):
        place = {name: at for at, name in enumerate(lower)}
        ends = [place[one] for name in upper for one in sorted(layers.below.get(name, []), key=place.__getitem__)]
        found += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return found


def _places(layers: _Layers, known: Mapping[str, Box]) -> dict[str, float]:
    """Return the middle of every box and empty place: as near to its neighbours as the others of its layer let it."""
    middles: dict[str, float] = {}
    for layer in layers.layers:
        _spread(layer, dict.fromkeys(layer, 0.0), middles, known)
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        near = layers.above if downward else layers.below
        for layer in layers.layers if downward else reversed(layers.layers):
            wanted = {name: fmean([middles[one] for one in near.get(name, [name])]) for name in layer}
            _spread(layer, wanted, middles, known)
    return middles


def _spread(
    layer: Sequence[str], wanted: Mapping[str, float], middles: dict[str, float], known: Mapping[str, Box]
) -> None:
    at: list[float] = []
    for name in layer:
        apart = (at[-1] + (_width(layer[len(at) - 1], known) + _width(name, known)) / 2 + GAP) if at else -1e9
        at.append(max(wanted[name], apart))
    shift = fmean([wanted[name] - x for name, x in zip(layer, at, strict=True)])
    middles.update({name: x + shift for name, x in zip(layer, at, strict=True)})


def _tops(layers: _Layers, known: Mapping[str, Box]) -> tuple[list[float], list[float]]:
    heights = [max([known[name].height for name in layer if name in known], default=0.0) for layer in layers.layers]
    tops, y = [], MARGIN
    for height in heights:
        tops.append(y)
        y += height + BETWEEN
    return tops, heights


def _width(name: str, known: Mapping[str, Box]) -> float:
    return WIDTH if name in known else PASSAGE


def _box(box: Box, middle: float, top: float) -> PlacedBox:
    texts, y = [], top + 20.0
    for kind, lines in (("title", box.title), ("line", box.lines), ("count", (box.count,) if box.count else ())):
        for line in lines:
            texts.append((line, round(y, 1), kind))
            y += LINE
    return PlacedBox(box, round(middle - WIDTH / 2, 1), round(top, 1), WIDTH, box.height, tuple(texts))


def _forward(
    chains: Sequence[Sequence[str]],
    arrows: Sequence[Arrow],
    middles: Mapping[str, float],
    tops: Sequence[float],
    heights: Sequence[float],
    depth: Mapping[str, int],
    at: Mapping[str, PlacedBox],
) -> list[PlacedArrow]:
    found = []
    for chain, arrow in zip(chains, arrows, strict=True):
        start = middles[arrow.source] + _aside(arrow, arrows, chains, middles)
        source = at[arrow.source]
        points = [(start, source.y + source.height)]
        for layer, name in enumerate(chain[1:-1], depth[arrow.source] + 1):
            points += [(middles[name], tops[layer]), (middles[name], tops[layer] + heights[layer])]
        points.append((middles[arrow.target], at[arrow.target].y - 3))
        (x0, y0), (x1, y1) = points[0], points[1]
        x, y = x0 + 0.6 * (x1 - x0), max(y1 - BETWEEN * 0.42, y0 + 12)
        found.append(PlacedArrow(_path(points), arrow.label, arrow.kind, round(x, 1), round(y, 1)))
    return found


def _aside(
    arrow: Arrow, arrows: Sequence[Arrow], chains: Sequence[Sequence[str]], middles: Mapping[str, float]
) -> float:
    """Return how far from the middle of its box a way begins: those that leave one box, ordered by where they go."""
    leaving = [(middles[chain[1]], place) for place, (chain, one) in enumerate(zip(chains, arrows, strict=True))
               if one.source == arrow.source]  # fmt: skip
    order = [arrows[place] for _, place in sorted(leaving)]
    return (order.index(arrow) - (len(order) - 1) / 2) * APART


def _path(points: Sequence[tuple[float, float]]) -> str:
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (y0 + y1) / 2
        path.append(
            f"L{x1:.1f} {y1:.1f}" if x0 == x1 else f"C{x0:.1f} {half:.1f} {x1:.1f} {half:.1f} {x1:.1f} {y1:.1f}"
        )
    return " ".join(path)


def _backward(arrows: Sequence[Arrow], at: Mapping[str, PlacedBox], right: float) -> list[PlacedArrow]:
    """Draw the ways back along the right side."""
    found = []
    for number, arrow in enumerate(arrows):
        source, target, x = at[arrow.source], at[arrow.target], right + 14 + APART * number
        y0, y1 = source.y + source.height / 2, target.y + target.height / 2
        path = f"M{source.x + source.width:.1f} {y0:.1f} H{x:.1f} V{y1:.1f} H{target.x + target.width + 3:.1f}"
        found.append(PlacedArrow(path, arrow.label, arrow.kind, round(x, 1), round((y0 + y1) / 2, 1)))
    return found
