"""Write the golden files anew: ``python -m tests.views.regenerate``; then read the difference."""

from __future__ import annotations

from pathlib import Path

from tests.views.outputs import COMMANDS, places, printed

FOLDER = Path(__file__).parent / "golden"


def main() -> None:
    """Replace every golden file."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    with places() as where:
        for name, (place, arguments) in COMMANDS.items():
            (FOLDER / name).write_text(printed(where[place], arguments)[1])


if __name__ == "__main__":
    main()
