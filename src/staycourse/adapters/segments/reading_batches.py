"""Batches of events read back as Arrow columns: many batches at once, without a loop over events (see batches.py)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from staycourse.adapters.segments.batches import (
    COLUMNS,
    CUT,
    EVEN,
    FLAGS,
    HEAD,
    INSTANTS,
    LIST,
    LONG,
    NOTHING,
    NUMBERS,
    ONE,
    SHORT,
    TEXTS,
    VERSION,
)
from staycourse.kernel import StorageFault, worded

INSTANT = pa.timestamp("us", "UTC")
_OLD_HEAD = struct.Struct(f"<B{len(COLUMNS)}I")
_OLD_FORMS = tuple(EVEN if name in (*NUMBERS, *FLAGS) else CUT for name in COLUMNS)
_Bytes = bytes | memoryview


class _Piece(NamedTuple):
    """One column of one batch."""

    form: int
    content: memoryview
    rows: int


def decode_events(
    batches: Sequence[tuple[memoryview, int]], names: Sequence[str] = COLUMNS, *, encoded: bool = False
) -> pa.Table:
    """Return columns `names` of the events of `batches` (bytes and number of events of each, at least one) in order.

    `encoded` gives every text but the ids as dictionaries. StorageFault for what no staycourse of this version wrote.
    """
    pieces = _pieces(batches, names)
    count = sum(count for _, count in batches)
    arrays = []
    for name in names:
        if name in TEXTS:
            its = pieces[name]
            arrays.append(_encoded(its, count) if encoded and name != "event_id" else _texts(its, count))
        elif name in INSTANTS:
            arrays.append(_instants(pieces[name], count))
        else:
            arrays.append(_numbers(pieces[name]) if name in NUMBERS else _flags(pieces[name]))
    return pa.table(arrays, list(names))


def _pieces(batches: Sequence[tuple[memoryview, int]], names: Sequence[str]) -> dict[str, list[_Piece]]:
    wanted = [(COLUMNS.index(name), name) for name in names]
    pieces: dict[str, list[_Piece]] = {name: [] for name in names}
    for payload, count in batches:
        version = payload[0]
        if version == VERSION:
            _, *told = HEAD.unpack_from(payload)
            forms, lengths, start = told[::2], told[1::2], HEAD.size
        elif version == 1:  # texts and instants with a NUL between two
            _, *lengths = _OLD_HEAD.unpack_from(payload)
            forms, start = list(_OLD_FORMS), _OLD_HEAD.size
        else:
            raise StorageFault(
                worded("a batch of the log is of version {version}", version=version),
                mend="use the staycourse that wrote it",
            )
        ends = list(accumulate(lengths, initial=start))
        for place, name in wanted:
            pieces[name].append(_Piece(forms[place], payload[ends[place] : ends[place + 1]], count))
    return pieces


def _texts(pieces: Sequence[_Piece], count: int) -> pa.StringArray:
    parts = [_widths_and_text(piece) for piece in pieces]
    if all(isinstance(widths, bytes | memoryview) for widths, _ in parts):
        widths: NDArray[np.unsignedinteger] = np.frombuffer(b"".join(widths for widths, _ in parts), np.uint8)  # type: ignore[misc]
    else:
        widths = np.concatenate([w if isinstance(w, np.ndarray) else np.frombuffer(w, np.uint8) for w, _ in parts])
    text = b"".join(text for _, text in parts)
    offsets = np.zeros(count + 1, np.int32)
    if len(widths) == count:
        np.cumsum(widths, out=offsets[1:])
    if len(widths) != count or offsets[-1] != len(text):
        raise StorageFault("a batch of the log does not hold as many texts as events", mend="see `staycourse doctor`")
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))


def _widths_and_text(piece: _Piece) -> tuple[_Bytes | NDArray[np.uint32], _Bytes]:
    """Return how many bytes each text of a column has, and all of them one after the other."""
    content, count = piece.content, piece.rows
    if piece.form == SHORT:
        return content[:count], content[count:]
    if piece.form == EVEN and len(content) // count <= 255:  # a remainder is noticed by the sum of all widths
        return bytes((len(content) // count,)) * count, content
    if piece.form == ONE and len(content) <= 255:
        return bytes((len(content),)) * count, bytes(content) * count
    if piece.form == LONG:
        return np.frombuffer(content[: 4 * count], "<u4"), content[4 * count :]
    if piece.form == LIST:
        quotes = np.flatnonzero(np.frombuffer(content, np.uint8) == ord('"'))
        return (np.diff(quotes)[::2] - 1).astype(np.uint32), bytes(content).translate(None, b'[,]"')
    if piece.form == CUT:
        cuts = np.flatnonzero(np.frombuffer(content, np.uint8) == 0)
        ends = np.concatenate([[-1], cuts, [len(content)]])
        return (np.diff(ends) - 1).astype(np.uint32), bytes(content).replace(b"\0", b"")
    raise _unknown(piece)


def _encoded(pieces: Sequence[_Piece], count: int) -> pa.DictionaryArray:
    if any(piece.form != ONE for piece in pieces):
        return _texts(pieces, count).dictionary_encode()
    codes: dict[bytes, int] = {}
    its = [codes.setdefault(bytes(piece.content), len(codes)) for piece in pieces]
    indices = np.repeat(np.array(its, np.int32), [piece.rows for piece in pieces])
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array([value.decode() for value in codes], pa.string()))


def _instants(pieces: Sequence[_Piece], count: int) -> pa.Array:
    if all(piece.form == ONE for piece in pieces):
        return pa.nulls(count, INSTANT)
    if all(piece.form == EVEN for piece in pieces) and len({_stride(piece) for piece in pieces}) == 1:
        return _unquoted(pieces, count).cast(INSTANT)
    texts = _texts([_plain(piece) if piece.form == EVEN else piece for piece in pieces], count)
    if any(piece.form != EVEN for piece in pieces):
        texts = pc.if_else(pc.equal(texts, ""), None, texts)
    return texts.cast(INSTANT)


def _stride(piece: _Piece) -> int:
    """Return how many bytes each instant in an array of one width takes, with the marks around it."""
    stride, rest = divmod(len(piece.content) - 1, piece.rows)
    if rest:
        raise _unknown(piece)
    return stride


def _unquoted(pieces: Sequence[_Piece], count: int) -> pa.StringArray:
    """Return the instants in arrays of one and the same width, without what is around each."""
    stride = _stride(pieces[0])
    rows = np.frombuffer(b"".join(piece.content[:-1] for piece in pieces), np.uint8).reshape(count, stride)
    text = np.ascontiguousarray(rows[:, 2:-1])
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(stride - 3)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))


def _plain(piece: _Piece) -> _Piece:
    return _Piece(EVEN, _unquoted([piece], piece.rows).buffers()[2], piece.rows)


def _numbers(pieces: Sequence[_Piece]) -> pa.Array:
    nothing = NOTHING.to_bytes(8, "little", signed=True)
    numbers = np.frombuffer(b"".join(_one_or_each(piece, nothing) for piece in pieces), "<i8")
    none = numbers == NOTHING
    return pa.array(numbers, mask=none if none.any() else None)


def _flags(pieces: Sequence[_Piece]) -> pa.Array:
    return pa.array(np.frombuffer(b"".join(_one_or_each(piece, b"\0") for piece in pieces), np.bool_))


def _one_or_each(piece: _Piece, one: bytes) -> _Bytes:
    if piece.form == ONE:
        return one * piece.rows
    if piece.form != EVEN or len(piece.content) != len(one) * piece.rows:
        raise _unknown(piece)
    return piece.content


def _unknown(piece: _Piece) -> StorageFault:
    return StorageFault(
        worded("a column of a batch of the log is of form {form}", form=piece.form), mend="see `staycourse doctor`"
    )
