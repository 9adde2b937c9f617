"""On which line of a TOML text each field stands.

`tomllib` keeps no positions, so an error could only say what is wrong, not where. This reads a text that tomllib has
accepted already, hence it needs no error handling of its own: only TOML's nesting (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)


def field_lines(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table, array element and key in the valid TOML `text`."""
    return _Lines(text).read()


class _Lines:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        table: Path = ()
        self.skip_space()
        while self.at < len(self.text):
            table = self.header() if self.text[self.at] == "[" else self.key_value(table, table)
            self.skip_space()
        return self.found

    def header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`; return the path of the table that the following keys belong to."""
        line = self.line()
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        keys = self.dotted_key()
        self.skip_space()
        self.at += 2 if many else 1
        path: Path = ()
        for place, key in enumerate(keys):
            path = (*path, key)
            last = place == len(keys) - 1
            if many and last:
                self.tables[path] = self.tables.get(path, -1) + 1
            if path in self.tables:  # an array of tables: the newest element is meant
                self.found.setdefault(path, line)
                path = (*path, self.tables[path])
            self.found.setdefault(path, line)
        return path

    def key_value(self, table: Path, result: Path) -> Path:
        line = self.line()
        path = table
        for key in self.dotted_key():
            path = (*path, key)
            self.found.setdefault(path, line)
        self.skip_space()
        self.at += 1  # the equals sign
        self.skip_space()
        self.value(path)
        return result

    def dotted_key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self.skip_space()
            quoted = self.text[self.at] in "\"'"
            match = (_STRING if quoted else _BARE_KEY).match(self.text, self.at)
            if match is None:  # unreachable in valid TOML; never loop for ever
                self.at = len(self.text)
                return keys
            keys.append(match[0][1:-1] if quoted else match[0])
            self.at = match.end()
            self.skip_space()
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def value(self, path: Path) -> None:
        if self.text.startswith("[", self.at):
            self.array(path)
        elif self.text.startswith("{", self.at):
            self.inline_table(path)
        else:
            match = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            self.at = match.end() if match else len(self.text)

    def array(self, path: Path) -> None:
        self.at += 1
        place = 0
        while not self.closes("]"):
            self.found[(*path, place)] = self.line()
            self.value((*path, place))
            place += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while not self.closes("}"):
            self.key_value(path, path)

    def closes(self, bracket: str) -> bool:
        """Go on to the next element; say whether `bracket` closes the group instead."""
        self.skip_space()
        if self.text.startswith(",", self.at):
            self.at += 1
            self.skip_space()
        if self.at >= len(self.text):
            return True
        if self.text[self.at] == bracket:
            self.at += 1
            return True
        return False

    def skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1
