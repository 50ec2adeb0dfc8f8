"""Which files git proves to be as they were: all others count as changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.changed import compare
from reconciler.errors import UsageError
from tests.changed.repository import Repository, customer_text

ODD = ("with space.yaml", "line\nbreak.yaml", 'quote".yaml', "tab\t.yaml", "Zürich.yaml", "東京.yaml", "-dash.yaml")


def changed(repository: Repository, revision: str = "main", folder: str = "desired") -> set[str]:
    """Return the files of *folder* that count as changed."""
    tree = compare(repository.folder / folder, revision)
    files = sorted((repository.folder / folder).rglob("*.yaml"))
    return {file.relative_to(repository.folder / folder).as_posix() for file in files if tree.has_changed(file)}


def edit(repository: Repository, name: str = "desired/customer-1.yaml") -> None:
    with (repository.folder / name).open("a") as file:
        file.write("# more\n")


def committed(repository: Repository) -> None:
    edit(repository)
    repository.commit()


def staged(repository: Repository) -> None:
    edit(repository)
    repository.git("add", "-A")


def staged_and_taken_back(repository: Repository) -> None:
    staged(repository)
    repository.git("restore", "--source=HEAD", "--worktree", "desired/customer-1.yaml")


def intended(repository: Repository) -> None:
    repository.write("desired/new.yaml", 9)
    repository.git("add", "--intent-to-add", "desired/new.yaml")


def ignored(repository: Repository) -> None:
    repository.write(".git/info/exclude", "new.yaml\n")
    repository.write("desired/new.yaml", 9)


def told_to_look_away(repository: Repository) -> None:
    edit(repository)
    repository.git("update-index", "--assume-unchanged", "desired/customer-1.yaml")


def skipped(repository: Repository) -> None:
    edit(repository)
    repository.git("update-index", "--skip-worktree", "desired/customer-1.yaml")


def touched(repository: Repository) -> None:
    os.utime(repository.folder / "desired/customer-1.yaml", (1, 1))


def dated_back(repository: Repository) -> None:
    """Change a file that keeps its size and time, where git is told to look at no more."""
    file = repository.folder / "desired/customer-1.yaml"
    for setting, value in (("core.trustctime", "false"), ("core.checkStat", "minimal")):
        repository.git("config", setting, value)
    os.utime(file, (1, 1))
    repository.git("update-index", "--refresh")
    time.sleep(1.1)  # of the time of change, which nobody can set, git keeps seconds
    with file.open("r+") as stream:
        stream.write(file.read_text().replace("renew: false", "renew: true "))
    os.utime(file, (1, 1))
    assert not repository.git("status", "--porcelain")


def there_and_back(repository: Repository) -> None:
    committed(repository)
    repository.git("revert", "--no-edit", "HEAD")


def renamed(repository: Repository) -> None:
    repository.git("mv", "desired/customer-1.yaml", "desired/first.yaml")
    repository.commit()


def main_moved_on(repository: Repository) -> None:
    repository.git("checkout", "-q", "main")
    edit(repository, "desired/customer-2.yaml")
    repository.commit()
    repository.git("checkout", "-q", "work")


def main_moved_on_and_work_too(repository: Repository) -> None:
    main_moved_on(repository)
    committed(repository)


def merged_main(repository: Repository) -> None:
    main_moved_on_and_work_too(repository)
    repository.git("merge", "-q", "--no-edit", "main")


def in_conflict(repository: Repository) -> None:
    committed(repository)
    repository.git("checkout", "-q", "main")
    repository.write("desired/customer-1.yaml", "other: true\n")
    repository.commit()
    repository.git("checkout", "-q", "work")
    with pytest.raises(Exception, match="merge"):
        repository.git("merge", "-q", "main")


# What was done on the branch, and which of customer-1.yaml and customer-2.yaml then count as changed.
DONE: dict[Callable[[Repository], None], set[str]] = {
    committed: {"customer-1.yaml"},
    edit: {"customer-1.yaml"},
    staged: {"customer-1.yaml"},
    staged_and_taken_back: set(),
    there_and_back: set(),
    touched: set(),
    intended: {"new.yaml"},
    ignored: {"new.yaml"},
    told_to_look_away: {"customer-1.yaml"},
    skipped: {"customer-1.yaml"},
    dated_back: {"customer-1.yaml"},
    renamed: {"first.yaml"},
    main_moved_on: set(),
    main_moved_on_and_work_too: {"customer-1.yaml"},
    merged_main: {"customer-1.yaml"},
    in_conflict: {"customer-1.yaml"},
}


@pytest.mark.parametrize("done", DONE, ids=lambda done: done.__name__)
def test_what_was_done_on_the_branch_counts_and_nothing_else(
    repository: Repository, done: Callable[[Repository], None]
) -> None:
    repository.customers(2)
    done(repository)
    assert changed(repository) == DONE[done]


def test_any_name_that_a_file_can_have_is_found(repository: Repository) -> None:
    for number, name in enumerate(ODD, start=1):
        repository.write(f"desired/{name}", number)
        repository.write(f"desired/same {name}", number + 50)
    repository.commit()
    for name in ODD:
        edit(repository, f"desired/{name}")
    assert changed(repository, "HEAD") == set(ODD)


def test_a_file_whose_name_is_kept_in_another_form_of_unicode_is_the_same_file(repository: Repository) -> None:
    """git on macOS keeps the composed form of what the file system may list as decomposed."""
    repository.write("desired/Zu\u0308rich.yaml", 1)
    repository.commit()
    composed = repository.folder / "desired" / "Z\u00fcrich.yaml"
    (repository.folder / "desired" / "Zu\u0308rich.yaml").rename(composed)
    repository.git("config", "core.precomposeunicode", "false")
    tree = compare(repository.folder, "HEAD")
    assert tree.has_changed(composed)  # gone under the name that git keeps
    assert tree.differing([repository.folder / "desired"]) == ["desired/Zu\u0308rich.yaml"]


def test_settings_of_git_change_nothing(repository: Repository) -> None:
    repository.customers(2)
    committed(repository)
    repository.write("hook", "#!/bin/sh\necho /\n").chmod(0o755)
    for name, value in {
        "core.quotePath": "true",
        "core.fsmonitor": str(repository.folder / "hook"),
        "diff.renames": "copies",
        "diff.external": "/bin/false",
        "diff.relative": "true",
        "diff.noprefix": "true",
        "diff.ignoreSubmodules": "none",
        "color.ui": "always",
        "core.pager": "/bin/false",
    }.items():
        repository.git("config", name, value)
    assert changed(repository) == {"customer-1.yaml"}


def test_variables_of_a_hook_are_not_followed(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.customers(2)
    committed(repository)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_EXTERNAL_DIFF"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_PREFIX", "desired/")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert changed(repository) == {"customer-1.yaml"}


def test_a_folder_of_the_repository_is_compared_from_within_it(repository: Repository) -> None:
    for number in (1, 2):
        repository.write(f"partners/north/desired/customer-{number}.yaml", number)
    repository.commit()
    edit(repository, "partners/north/desired/customer-1.yaml")
    assert changed(repository, "HEAD", "partners/north/desired") == {"customer-1.yaml"}


def test_a_second_working_tree_is_compared_by_itself(repository: Repository, tmp_path: Path) -> None:
    repository.customers(2)
    repository.git("worktree", "add", "-q", str(tmp_path / "second"), "main")
    edit(repository)
    second = Repository(tmp_path / "second")
    edit(second, "desired/customer-2.yaml")
    assert (changed(repository), changed(second)) == ({"customer-1.yaml"}, {"customer-2.yaml"})


def test_a_file_of_a_repository_within_counts_as_changed(repository: Repository) -> None:
    repository.customers(1)
    Repository.begun(repository.folder / "desired" / "inner").write("customer-7.yaml", 7)
    assert changed(repository) == {"inner/customer-7.yaml"}


class TestLinks:
    """A link is changed when it is, when what it leads to is, and when nobody knows."""

    @pytest.fixture
    def linked(self, repository: Repository, tmp_path: Path) -> Repository:
        """Give desired/a.yaml -> ../links/b.yaml -> ../real/c.yaml, and desired/out.yaml to a file outside."""
        repository.write("real/c.yaml", 1)
        repository.write("desired/plain.yaml", 2)
        (tmp_path / "outside.yaml").write_text("x: 1\n")
        for link, target in {
            "desired/a.yaml": "../links/b.yaml",
            "links/b.yaml": "../real/./c.yaml",
            "desired/out.yaml": str(tmp_path / "outside.yaml"),
        }.items():
            (repository.folder / link).parent.mkdir(exist_ok=True)
            (repository.folder / link).symlink_to(target)
        repository.commit()
        return repository

    def test_nothing_but_what_leads_out_of_the_repository(self, linked: Repository) -> None:
        assert changed(linked, "HEAD") == {"out.yaml"}

    def test_what_it_leads_to(self, linked: Repository) -> None:
        edit(linked, "real/c.yaml")
        assert changed(linked, "HEAD") == {"a.yaml", "out.yaml"}

    def test_a_link_on_the_way(self, linked: Repository) -> None:
        linked.write("real/d.yaml", 3)
        linked.commit()
        (linked.folder / "links/b.yaml").unlink()
        (linked.folder / "links/b.yaml").symlink_to("../real/d.yaml")
        assert changed(linked, "HEAD") == {"a.yaml", "out.yaml"}

    def test_the_link_itself(self, linked: Repository) -> None:
        (linked.folder / "desired/a.yaml").unlink()
        (linked.folder / "desired/a.yaml").symlink_to("../real/c.yaml")
        assert changed(linked, "HEAD") == {"a.yaml", "out.yaml"}

    def test_one_that_leads_round_in_a_circle(self, linked: Repository) -> None:
        (linked.folder / "links/b.yaml").unlink()
        (linked.folder / "links/b.yaml").symlink_to("../desired/a.yaml")
        linked.commit()
        assert changed(linked, "HEAD") == {"a.yaml", "out.yaml"}

    def test_a_folder_that_is_a_link(self, linked: Repository) -> None:
        (linked.folder / "wanted").symlink_to("real")
        linked.commit()
        assert changed(linked, "HEAD", "wanted") == set()
        edit(linked, "real/c.yaml")
        assert changed(linked, "HEAD", "wanted") == {"c.yaml"}
        linked.commit()
        (linked.folder / "wanted").unlink()
        linked.write("other/c.yaml", 1)
        linked.commit()
        (linked.folder / "wanted").symlink_to("other")
        assert changed(linked, "HEAD", "wanted") == {"c.yaml"}

    def test_the_way_to_the_repository_is_no_change(self, linked: Repository, tmp_path: Path) -> None:
        (tmp_path / "home").symlink_to(tmp_path)
        elsewhere = Repository(tmp_path / "home" / linked.folder.name)
        assert changed(elsewhere, "HEAD") == {"out.yaml"}


def test_what_was_there_is_given_back(repository: Repository) -> None:
    repository.write("desired/line\nbreak.yaml", "old: 1\n")
    repository.write("desired/empty.yaml", "")
    repository.write("elsewhere.yaml", "old: 2\n")
    repository.commit()
    (repository.folder / "desired/line\nbreak.yaml").unlink()
    repository.write("desired/empty.yaml", "new: 1\n")
    repository.write("desired/new.yaml", "new: 1\n")
    repository.git("add", "-A")
    edit(repository, "elsewhere.yaml")
    tree = compare(repository.folder, "HEAD")
    gone = tree.differing([repository.folder / "desired"])
    assert tree.contents(gone) == {"desired/empty.yaml": b"", "desired/line\nbreak.yaml": b"old: 1\n"}


def test_contents_that_a_clone_left_out_and_cannot_fetch_are_not_known(repository: Repository, tmp_path: Path) -> None:
    repository.customers(2)
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git(
        "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repository.folder}", str(tmp_path / "c")
    )
    clone = Repository(tmp_path / "c")
    clone.git("checkout", "-q", "HEAD", "--", "desired/customer-2.yaml")
    repository.folder.rename(tmp_path / "away")
    for number in (1, 2):
        clone.write(f"desired/customer-{number}.yaml", number + 5)
    tree = compare(clone.folder, "HEAD")
    assert tree.differing([clone.folder]) == ["desired/customer-1.yaml", "desired/customer-2.yaml"]
    assert tree.contents(["desired/customer-1.yaml"]) == {"desired/customer-1.yaml": None}
    assert tree.contents(["desired/customer-2.yaml"]) == {"desired/customer-2.yaml": customer_text(2).encode()}


def test_a_folder_without_a_repository_is_said_to_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match=r"--changed-since main: git rev-parse in .*/plain: not a git repository"):
        compare(tmp_path / "plain", "main")


def test_where_git_is_not_installed_it_is_said_what_to_do(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="--changed-since main: git is not installed; install it, or name the files"):
        compare(repository.folder, "main")
