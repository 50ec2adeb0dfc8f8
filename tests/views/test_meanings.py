"""Every code of a finding has a meaning, and every meaning has a code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.cli.output import meanings
from reconciler.model.meaning import Meaning, meaning_of
from tests.views.regenerate import PAGES, pages

PRODUCT = Path(__file__).parents[2] / "reconciler"
# What makes a finding or a refusal takes its code first, or by name.
MAKERS = {"Block", "Finding", "Why", "Worse", "finding", "note", "spent"}


def is_code(text: str) -> bool:
    return text == "protected" or (text.count(".") == 1 and text.replace(".", "").replace("-", "").isalpha())


def codes_of(path: Path) -> set[str]:
    """Return the codes that a module gives to findings; ``*`` stands for a part that varies."""
    found = set()
    for call in ast.walk(ast.parse(path.read_text())):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in MAKERS:
            continue
        given = [*call.args[:1], *(item.value for item in call.keywords if item.arg == "code")]
        found |= {text for text in map(written, given) if text.endswith(".*") or is_code(text)}
    return found


def written(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return ""


def used_codes() -> set[str]:
    files = [path for path in PRODUCT.rglob("*.py") if path.relative_to(PRODUCT).parts[0] != "emulator"]
    verifying = {
        code
        for path in (PRODUCT / "verify").glob("*.py")
        for code in re.findall(r'"(verify\.[a-z]+)"', path.read_text())
    }
    return {code for path in files for code in codes_of(path)} | verifying | deadlines()


def deadlines() -> set[str]:
    """Return the codes of deadlines: a kind may depend, so every text in it counts."""
    calls = ast.walk(ast.parse((PRODUCT / "planner" / "deadlines.py").read_text()))
    kinds = [item.value for call in calls if isinstance(call, ast.Call) for item in call.keywords if item.arg == "kind"]
    texts = {node.value for kind in kinds for node in ast.walk(kind) if isinstance(node, ast.Constant)}
    return {f"deadline.{text}" for text in texts}


def test_every_code_has_a_meaning_and_every_meaning_a_code() -> None:
    used = used_codes()
    assert {"cap.exceeded", "protected", "service.*", "refund.lower", "lineage.replaced"} <= used
    assert set(meanings()) == used


@pytest.mark.parametrize("code", sorted(meanings()))
def test_a_meaning_says_what_why_and_what_to_do_in_whole_sentences(code: str) -> None:
    meaning = meanings()[code]
    for text in (meaning.means, meaning.why, meaning.do):
        assert text.isascii() and text[0].isupper() and text.endswith(".") and len(text) > 20
        assert "\n" not in text


def test_a_code_with_a_tail_of_the_services_own_finds_its_family() -> None:
    meaning = Meaning(means="a", why="b", do="c")
    known = {"service.*": meaning}
    assert meaning_of("service.RefundLimitExceeded", known) is meaning
    assert meaning_of("service.", known) is None
    assert meaning_of("services", known) is None


def test_every_code_has_its_page_and_no_page_is_left_over() -> None:
    assert {path.name: path.read_text() for path in PAGES.iterdir()} == pages()


def test_a_page_is_what_explain_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "service.RefundLimitExceeded", "--format", "markdown"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("# service.RefundLimitExceeded\n\nMicrosoft refuses this action")
    assert page.partition("\n")[2] == (PAGES / "service.md").read_text().partition("\n")[2]


def test_explain_tells_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "cap.exceeded"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("cap.exceeded\n  means  ")
    assert meanings()["cap.exceeded"].do.split()[0] in out


def test_explain_suggests_the_code_that_was_probably_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "cap.exeeded"]) == 1
    assert capsys.readouterr().err == (
        'error: there is no address and no code cap.exeeded (did you mean "cap.exceeded"?)\n'
    )
