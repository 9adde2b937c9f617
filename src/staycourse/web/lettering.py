"""How wide a text is when it is drawn, and where its lines break: no font is at hand on the server."""

from __future__ import annotations


def wrapped(text: str, pixels: float, most: int = 2) -> tuple[str, ...]:
    """Return `text` in at most `most` lines of about `pixels`, the last one cut with an ellipsis where it is longer."""
    lines, line = [], ""
    for word in _words(text):
        if line and _pixels(line + word.rstrip()) > pixels:
            lines.append(line.rstrip())
            line = ""
        line += word
    lines.append(line.rstrip())
    lines = [line if _pixels(line) <= pixels else _cut(line, pixels) for line in lines if line]
    if len(lines) > most:
        lines[most - 1 :] = [_cut(lines[most - 1] + " …", pixels)]
    return tuple(lines)


def _words(text: str) -> list[str]:
    """Return where a text may be broken: after spaces, and around every wide letter."""
    pieces: list[str] = []
    for letter in text:
        joined = pieces and not pieces[-1].endswith(" ") and not _wide(letter) and not _wide(pieces[-1][-1])
        if joined:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _wide(letter: str) -> bool:
    return ord(letter) >= 0x2E80


def _pixels(text: str) -> float:
    return sum(13.0 if _wide(letter) else 6.9 for letter in text)


def _cut(line: str, pixels: float) -> str:
    if _pixels(line) <= pixels:
        return line
    while line and _pixels(line + "…") > pixels:
        line = line[:-1]
    return line.rstrip() + "…"
