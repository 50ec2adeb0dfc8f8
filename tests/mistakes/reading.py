"""The tables of mistakes, read: what is changed in a good repository, and what the program must say of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

HERE = Path(__file__).parent
GOOD, TABLES = HERE / "good", HERE / "tables"


class Row(NamedTuple):
    """One row: its table, its name, the file it is about, the command line, the file's bytes, and what is said."""

    table: str
    name: str
    file: str
    command: list[str]
    content: bytes
    says: list[str]


def rows() -> Iterator[Row]:
    """Give every row of every table."""
    for path in sorted(TABLES.glob("*.yaml")):
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        for row in table["rows"]:
            file = row.get("file", table["file"])
            says = row.get("says", [])
            yield Row(
                table=path.stem,
                name=row["mistake"] if "mistake" in row else f"fine: {row['fine']}",
                file=file,
                command=table["run"].split(),
                content=_content(file, row),
                says=[_line(file, text) for text in ([says] if isinstance(says, str) else says)],
            )


def lay(folder: Path, row: Row) -> None:
    """Write the good repository with the row's file in it to *folder*."""
    shutil.copytree(GOOD, folder, dirs_exist_ok=True)
    (folder / row.file).write_bytes(row.content)


def _content(file: str, row: dict[str, Any]) -> bytes:
    text = row["whole"] if "whole" in row else _changed((GOOD / file).read_text(encoding="utf-8"), row["change"])
    if "long" in row:
        text = text.replace(f"{row['long']}: ", f"{row['long']}: {'very ' * 20_000}", 1)
    text += "#" * row.get("padding", 0)
    encoding = row.get("encoding", "utf-8")
    return text.replace("\n", "\r\n").encode() if encoding == "crlf" else text.encode(encoding)


def _changed(text: str, change: str) -> str:
    """Return *text* with the lines "-" of *change* replaced by its lines "+"; lines "=" stand in both."""
    lines = change.removesuffix("\n").split("\n")
    old, new = ("".join(f"{line[1:]}\n" for line in lines if line[0] in signs) for signs in ("-=", "+="))
    assert f"\n{text}".count(f"\n{old}") == 1, f"stands {text.count(old)} times in the good file:\n{old}"
    return f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]


def _line(file: str, text: str) -> str:
    return f"{file}:{text}" if re.match(r"\d+:\d+: ", text) else text


ROWS = list(rows())
