"""Cells as people write them, read without guessing: what is not plainly of the type stays as it is, to be refused."""

from __future__ import annotations

import math
from typing import Any

import msgspec


def as_name(cell: Any) -> Any:
    """Return an id or name as text: 123 and 123.0 (a spreadsheet's or data frame's way) are the id "123"."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell


def as_whole(cell: Any, multiply: float | None = None) -> Any:
    """Return a whole number; 12.0 is 12. With `multiply` the product is rounded to a whole number, halves to even."""
    if cell is None or (type(cell) is int and multiply is None):
        return cell
    if isinstance(cell, str) and multiply is None and cell.lstrip("+-").isdecimal():
        return _digits(cell)
    number = _number(cell)
    if number is None:
        return cell
    if multiply is not None:
        product = number * multiply
        return round(product) if math.isfinite(product) else cell
    return int(number) if number.is_integer() else cell


def as_attributes(cell: Any) -> Any:
    """Return attributes as texts by name, from a JSON object (in text or not) or a Parquet map; None is none."""
    if cell is None or cell == "":
        return {}
    if isinstance(cell, str):
        try:
            cell = msgspec.json.decode(cell)
        except (msgspec.DecodeError, RecursionError):
            return cell
    if isinstance(cell, list) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in cell):
        cell = dict(cell)
    if not isinstance(cell, dict):
        return cell
    return {name: _text(value) for name, value in cell.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _digits(cell: str) -> Any:
    try:
        return int(cell)
    except ValueError:  # thousands of digits, or "+-1"
        return cell


def _number(cell: Any) -> float | None:
    if isinstance(cell, bool):
        return None
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
