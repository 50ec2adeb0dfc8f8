"""Editors find the schema of every file that we show; `make editors` asks a real one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.writing.starting import SCHEMAS

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples" / "contoso-partner"
FILES = sorted([*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("desired/*.yaml"), *ROOT.glob("reconciler/**/*.yaml")])
# What only the program itself reads, and what other programs read.
OTHERS = {ROOT / "reconciler" / "findings.yaml", *ROOT.glob("examples/ci/**/*.yaml")}


@pytest.mark.parametrize("path", [path for path in FILES if path not in OTHERS], ids=lambda path: path.name)
def test_the_first_line_of_a_file_names_a_schema_that_is_there(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named is not None
    assert (path.parent / named[1]).resolve().parent == ROOT / "schemas"
    assert (path.parent / named[1]).is_file()


def test_the_example_s_settings_name_the_schema_of_each_kind_that_people_write() -> None:
    settings = json.loads((EXAMPLE / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    named = [(EXAMPLE / path).resolve() for path in settings["yaml.schemas"]]
    assert named == [ROOT / "schemas" / f"{name}.schema.json" for name in SCHEMAS]
