"""Write pages of plans into a folder, and look at them in a headless Chromium: ``python -m tests.pages FOLDER``.

FOLDER holds puppeteer-core and axe-core (``make pages`` installs them there); it gets the pages, a picture of
each at every width and in both schemes, and a PDF of each. CHROMIUM names the browser where it is not found.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from reconciler.cli.main import run
from reconciler.cli.output import meaning
from reconciler.reports import Options, render
from tests.reports.hostile import hostile_plan
from tests.reports.plans import all_plans
from tests.reports.test_html_report import at_hand, crowd

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Real files planned as users do: where they are, and the day.
REPOSITORIES = {"sample": ROOT / "tests" / "sample", "partner": ROOT / "examples" / "contoso-partner"}
AT = "2026-11-20T09:00:00Z"


def main(folder: Path) -> int:
    """Return what the browser came to: 0 where nothing is wrong with any page."""
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None or shutil.which("node") is None:
        print("node and a Chromium are needed; say which with CHROMIUM=...", file=sys.stderr)
        return 1
    names = []
    for name, page in pages():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
        names.append(f"{name}.html")
    script = Path(__file__).parent / "look.mjs"
    return subprocess.run(["node", script, browser, "looks", *names], cwd=folder, check=False).returncode


def pages() -> Iterator[tuple[str, str]]:
    """Give each page by the name of its file."""
    for name, repository in REPOSITORIES.items():
        yield name, planned(repository)
    options = Options(rulebook=at_hand, meaning=meaning, plan_file="change.plan.json", credits=())
    for name, plan in {**all_plans(), "hostile": hostile_plan(), "large": crowd(500, 10)}.items():
        yield name, render(plan, "html", options)
    yield "no-rulebook", render(crowd(1, 1), "html", Options())


def planned(repository: Path) -> str:
    """Return the page of what a repository's estate file would be planned."""
    out, before = io.StringIO(), Path.cwd()
    os.chdir(repository)
    try:
        with contextlib.redirect_stdout(out):
            code = run(["plan", "--estate", "estate.json", "--at", AT, "--format", "html"])
    finally:
        os.chdir(before)
    assert code in (0, 3), code
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
