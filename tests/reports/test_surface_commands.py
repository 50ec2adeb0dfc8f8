"""The surfaces as pipelines ask for them: on the command line, over the worked sample."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.reports import reports

from . import reading

SAMPLE = Path(__file__).parents[1] / "sample"
AT = "2026-11-20T09:00:00Z"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a git repository that keeps the sample in a folder of its own, and work there."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "azure" / "csp"
    shutil.copytree(SAMPLE, folder)
    monkeypatch.chdir(folder)
    return folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(arguments)
    return (code, *capsys.readouterr())


def planned(capsys: pytest.CaptureFixture[str], form: str, *more: str) -> tuple[int, str, str]:
    return printed(capsys, "plan", "--estate", "estate.json", "--at", AT, "--format", form, *more)


def spoil(repository: Path) -> None:
    file = repository / "desired" / "contoso.yaml"
    file.write_text(file.read_text().replace("kind: Customer", "kind: Custom"))


@pytest.mark.usefixtures("repository")
def test_a_plan_should_annotate_the_files_of_the_repository(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = planned(capsys, "github")
    seen = reading.github(out)
    assert code in (0, 3)
    assert {item.kind for item in seen} >= {"notice"}
    assert {item.file for item in seen} == {"azure/csp/desired/contoso.yaml"}


@pytest.mark.usefixtures("repository")
def test_a_saved_plan_should_look_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("github", "azdo", "sarif", "junit", "gitlab", "gitlab-plan", "step-summary", "html"):
        _, out, _ = planned(capsys, form, "--out", "saved.json")
        code, again, _ = printed(capsys, "show", "saved.json", "--format", form)
        assert (code, again) == (0, out)


@pytest.mark.usefixtures("repository")
def test_a_drift_should_warn_where_a_plan_informs(capsys: pytest.CaptureFixture[str]) -> None:
    _, plan, _ = planned(capsys, "github")
    code, drift, _ = printed(capsys, "drift", "--estate", "estate.json", "--at", AT, "--format", "github")
    told = [item.text for item in reading.github(plan) if item.kind == "notice"]
    deadlines = {text for text in told if text.startswith("2026-")}  # no difference: they begin with their day
    assert code in (2, 3)
    assert deadlines and deadlines <= {item.text for item in reading.github(drift) if item.kind == "notice"}
    changes = set(told) - deadlines
    assert changes and changes <= {item.text for item in reading.github(drift) if item.kind == "warning"}


@pytest.mark.parametrize("command", ["plan", "drift", "validate"])
@pytest.mark.parametrize("config", [False, True])
def test_mistakes_should_be_told_in_the_wanted_format_and_on_stderr(
    command: str, config: bool, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(repository)
    file, line = "azure/csp/desired/contoso.yaml", 3
    if config:
        (repository / "reconciler.yaml").write_text("apiVersion: reconciler/v1\nkind: Config\nplam: {}\n")
        file = "azure/csp/reconciler.yaml"
    code, out, err = printed(capsys, command, "--estate", "estate.json", "--format", "github")
    assert code == 1
    assert [(item.kind, item.file, item.line) for item in reading.github(out)] == [("error", file, line)]
    assert file.removeprefix("azure/csp/") in err and err.endswith("1 problem found; nothing was changed\n")


def test_mistakes_should_take_the_place_of_the_comment(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(repository)
    code, out, _ = planned(capsys, "markdown")
    assert code == 1
    assert out.startswith("**1 problem found; nothing was planned.**\n")
    assert out.endswith("<!-- reconciler:plan -->\n")


def test_text_should_tell_mistakes_on_stderr_alone(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(repository)
    assert planned(capsys, "text")[:2] == (1, "")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("form", "nothing"), [("github", "no findings\n"), ("gitlab", "[]\n"), ("text", "valid: 1 customer, ")]
)
def test_validate_should_say_that_nothing_was_found(
    form: str, nothing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = printed(capsys, "validate", "--format", form)
    assert code == 0
    assert out.startswith(nothing)


@pytest.mark.usefixtures("repository")
def test_an_unknown_format_should_be_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = printed(capsys, "validate", "--format", "gitlab-plan")
    assert code == 1
    assert err == (
        "error: Invalid value for '--format': there is no format 'gitlab-plan'; choose from azdo, github, gitlab, "
        "html, json, junit, markdown, sarif, step-summary, text (see `reconciler validate --help`)\n"
    )


@pytest.mark.usefixtures("repository")
def test_help_should_name_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("plan", "drift", "show"):
        code, out, _ = printed(capsys, command, "--help")
        assert code == 0
        assert f"[{'|'.join(reports())}]" in "".join(out.split())


@pytest.mark.usefixtures("repository")
def test_a_rule_should_say_what_its_code_means(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = planned(capsys, "sarif")
    rules = json.loads(out)["runs"][0]["tool"]["driver"]["rules"]
    assert rules and all(rule["shortDescription"]["text"].endswith(".") for rule in rules)


@pytest.mark.usefixtures("repository")
def test_a_report_should_be_the_page_that_show_writes(capsys: pytest.CaptureFixture[str]) -> None:
    planned(capsys, "text", "--out", "saved.json")
    _, shown, _ = printed(capsys, "show", "saved.json", "--format", "html")
    assert printed(capsys, "report", "saved.json") == (0, shown, "")
    assert printed(capsys, "report", "saved.json", "--out", "plan.html") == (0, "", "saved plan.html\n")
    assert Path("plan.html").read_text(encoding="utf-8") == shown
    assert "Refund by day (estimates)" in shown and "Credits owed" not in shown
    assert Path("saved.json").exists() and not Path(".reconciler").exists()  # a look makes no ledger


@pytest.mark.usefixtures("repository")
def test_a_report_should_tell_credits_by_the_ledger_alone(capsys: pytest.CaptureFixture[str]) -> None:
    planned(capsys, "text", "--out", "saved.json")
    code, _, err = printed(capsys, "report", "saved.json", "--credits", "--out", "plan.html")
    assert code == 1 and err.startswith("error: ") and "ledger" in err and not Path("plan.html").exists()
    assert printed(capsys, "ledger", "init")[0] == 0
    _, out, _ = printed(capsys, "report", "saved.json", "--credits")
    assert "Nothing was refunded yet." in out


@pytest.mark.usefixtures("repository")
def test_a_report_should_work_later_refunds_out_by_the_plan_s_own_rulebook_alone(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = (Path(__file__).parents[2] / "reconciler" / "rulebooks" / "csp-2020-08.yaml").read_text()
    (repository / "law.yaml").write_text(own.replace("id: csp-2020-08", "id: our-own"))
    assert planned(capsys, "text", "--rulebook", "law.yaml", "--out", "saved.json")[0] in (0, 3)
    told = "the rulebook our-own that the plan was made under is not at hand"
    _, without, _ = printed(capsys, "report", "saved.json")
    assert told in without and "Refund by day" not in without
    _, given, _ = printed(capsys, "report", "saved.json", "--rulebook", "law.yaml")
    assert told not in given and "Refund by day" in given
    (repository / "changed.yaml").write_text((repository / "law.yaml").read_text() + "# changed since\n")
    assert told in printed(capsys, "report", "saved.json", "--rulebook", "changed.yaml")[1]


@pytest.mark.usefixtures("repository")
def test_a_page_that_cannot_be_written_should_be_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    planned(capsys, "text", "--out", "saved.json")
    code, _, err = printed(capsys, "report", "saved.json", "--out", "nowhere/plan.html")
    assert (code, err) == (1, "error: --out nowhere/plan.html: cannot be written: No such file or directory\n")


@pytest.mark.usefixtures("repository")
def test_one_plan_should_be_written_to_as_many_files_as_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    more = ("--report", "markdown=comment.md", "--report", "sarif=plan.sarif", "--out", "saved.json")
    code, _, err = planned(capsys, "text", *more)
    assert (code, err.splitlines()) == (0, ["saved saved.json", "saved comment.md", "saved plan.sarif"])
    for form, file in (("markdown", "comment.md"), ("sarif", "plan.sarif")):
        assert printed(capsys, "show", "saved.json", "--format", form)[1] == Path(file).read_text()


def test_mistakes_should_be_written_where_the_plan_would_have_been(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(repository)
    code, out, _ = planned(capsys, "text", "--report", "markdown=comment.md", "--report", "csv=plan.csv")
    assert (code, out) == (1, "")
    assert Path("comment.md").read_text().startswith("**1 problem found; nothing was planned.**\n")
    assert not Path("plan.csv").exists(), "a format that cannot show mistakes"


@pytest.mark.usefixtures("repository")
def test_what_would_overwrite_the_plan_or_another_report_should_be_refused(capsys: pytest.CaptureFixture[str]) -> None:
    words = "error: --report sarif=a.json: another format, or the plan, is written to that file; name another one\n"
    for option in (("--out", "a.json"), ("--report", "json=a.json")):
        code, out, err = planned(capsys, "text", *option, "--report", "sarif=./a.json")
        assert (code, out, err, Path("a.json").exists()) == (1, "", words, False)
    assert planned(capsys, "text", "--report", "csv=/dev/null", "--report", "sarif=/dev/null")[0] == 0


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("markdown", "'markdown' has no file; write it like markdown=comment.md"),
        ("markdown=", "'markdown=' has no file; write it like markdown=comment.md"),
        ("word=a.doc", "there is no format 'word'"),
        ("markdown=missing/a.md", "--report missing/a.md: cannot be written: No such file or directory"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_a_report_that_cannot_be_written_should_be_told(
    report: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = planned(capsys, "text", "--report", report)
    assert code == 1 and words in err
