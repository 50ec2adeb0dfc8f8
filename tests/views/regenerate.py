"""Write the golden files anew: ``python -m tests.views.regenerate``; then read the difference."""

from __future__ import annotations

from pathlib import Path

from reconciler.cli.output import meanings
from reconciler.views.explain_text import meaning_page
from tests.views.outputs import COMMANDS, places, printed

FOLDER = Path(__file__).parent / "golden"
PAGES = Path(__file__).parents[2] / "docs" / "findings"
_INDEX = """# Findings

What each code means, as `reconciler explain CODE` says it too.

| code | means |
|---|---|
"""


def pages() -> dict[str, str]:
    """Return the page of every code by its file's name, and the list of them all."""
    names = {code: f"{code.removesuffix('.*')}.md" for code in meanings()}
    lines = [f"| [`{code}`]({names[code]}) | {item.means} |\n" for code, item in meanings().items()]
    found = {names[code]: meaning_page(code, item) for code, item in meanings().items()}
    return {"README.md": _INDEX + "".join(lines)} | found


def main() -> None:
    """Replace every golden file, and every page about a finding."""
    for folder in (FOLDER, PAGES):
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
    with places() as where:
        for name, (place, arguments) in COMMANDS.items():
            (FOLDER / name).write_text(printed(where[place], arguments)[1])
    for name, text in pages().items():
        (PAGES / name).write_text(text)


if __name__ == "__main__":
    main()
