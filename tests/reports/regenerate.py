"""Write the golden files anew: ``python -m tests.reports.regenerate``; then read the difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reconciler.reports import Options, render
from reconciler.reports.receipt import receipt_text

from .plans import all_plans
from .receipts import all_receipts

FOLDER = Path(__file__).parent / "golden"


def renderings() -> Iterator[tuple[str, str]]:
    """Return each golden file's name with what it has to hold."""
    for name, plan in all_plans().items():
        for width in (80, 200):
            yield f"{name}.{width}.txt", render(plan, "text", Options(width=width))
        yield f"{name}.verbose.txt", render(plan, "text", Options(verbose=True, plan_file="plan.json"))
        yield f"{name}.md", render(plan, "markdown", Options())
    for name, receipt in all_receipts().items():
        yield f"receipt-{name}.txt", receipt_text(receipt, Options())


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in renderings():
        (FOLDER / file).write_text(text, encoding="utf-8")
