"""Which commits a revision is compared by, and every revision that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.changed import compare
from reconciler.errors import UsageError
from tests.changed.repository import Repository


def refused(repository: Repository, revision: str) -> str:
    with pytest.raises(UsageError) as caught:
        compare(repository.folder, revision)
    return str(caught.value)


@pytest.mark.parametrize(
    "revision", ["main", "refs/heads/main", "v1", "annotated", "HEAD~1", "work~1", ":/customers", "main^{commit}"]
)
def test_a_branch_a_tag_and_whatever_git_calls_a_commit(repository: Repository, revision: str) -> None:
    repository.customers(1)
    base = repository.git("rev-parse", "main")
    repository.git("tag", "v1", "main")
    repository.git("tag", "-a", "-m", "first", "annotated", "main")
    repository.commit("on the branch")
    assert compare(repository.folder, revision).commits == (base,)
    assert compare(repository.folder, base[:10]).commits == (base,)


@pytest.mark.parametrize("revision", ["", "--output=stolen", "-h", "--help", "ma\nin", "ma\0in", "\u202emain"])
def test_what_is_no_name_never_reaches_git(repository: Repository, revision: str) -> None:
    repository.customers(1)
    assert refused(repository, revision).endswith("that is no revision; name a branch, a tag or a commit")
    assert not (repository.folder / "stolen").exists()


@pytest.mark.parametrize(
    "revision",
    ["nowhere", "main..work", "main...work", "^main", "main work", "main^{tree}", "HEAD:desired", "0" * 40, "a" * 40],
)
def test_what_names_no_commit_says_what_to_do(repository: Repository, revision: str) -> None:
    repository.customers(1)
    assert refused(repository, revision) == (
        f"--changed-since {revision}: there is no such commit here; fetch it first (git fetch origin), or correct "
        "its name"
    )


def test_a_repository_without_a_commit_is_said_to_have_none(repository: Repository) -> None:
    assert refused(repository, "main") == "--changed-since main: this repository has no commit yet"


def test_histories_without_a_common_ancestor_are_refused(repository: Repository) -> None:
    repository.customers(1)
    repository.git("checkout", "-q", "--orphan", "alone")
    repository.commit()
    assert refused(repository, "main").startswith("--changed-since main: it has no common ancestor with HEAD")


def test_of_several_nearest_ancestors_each_is_compared_by(repository: Repository) -> None:
    """main and work merge each other: what differs from either ancestor may be the branch's."""
    repository.customers(2)
    repository.write("desired/customer-1.yaml", "mine: 1\n")
    mine = repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("desired/customer-2.yaml", "theirs: 1\n")
    theirs = repository.commit()
    repository.git("merge", "-q", "--no-edit", mine)
    repository.git("checkout", "-q", "work")
    repository.git("merge", "-q", "--no-edit", theirs)
    tree = compare(repository.folder, "main")
    assert set(tree.commits) == {mine, theirs}
    files = [repository.folder / "desired" / f"customer-{number}.yaml" for number in (1, 2)]
    assert [tree.has_changed(file) for file in files] == [True, True]


class TestShallow:
    """A clone of CI that has a part of the history."""

    REMEDY = (
        "; this clone is shallow: fetch the history with git fetch --unshallow and what lacks with "
        "git fetch origin BRANCH (actions/checkout: fetch-depth: 0, GitLab: GIT_DEPTH: 0)"
    )

    def cloned(self, repository: Repository, folder: Path, *arguments: str) -> Repository:
        repository.git("clone", "-q", *arguments, f"file://{repository.folder}", str(folder))
        return Repository(folder)

    def test_that_lacks_the_revision(self, repository: Repository, tmp_path: Path) -> None:
        repository.customers(1)
        repository.commit()
        clone = self.cloned(repository, tmp_path / "clone", "--depth=1", "--branch=work")
        assert refused(clone, "origin/main") == (
            f"--changed-since origin/main: there is no such commit here{self.REMEDY}"
        )

    def test_that_lacks_the_way_between_them(self, repository: Repository, tmp_path: Path) -> None:
        repository.customers(1)
        repository.commit()
        repository.commit()
        clone = self.cloned(repository, tmp_path / "clone", "--depth=1", "--no-single-branch", "--branch=work")
        assert refused(clone, "origin/main") == (
            f"--changed-since origin/main: it has no common ancestor with HEAD{self.REMEDY}"
        )
        clone.git("fetch", "-q", "--unshallow")
        assert compare(clone.folder, "origin/main").commits == (repository.git("rev-parse", "main"),)

    def test_of_a_merge_commit_with_its_parents_alone(self, repository: Repository, tmp_path: Path) -> None:
        """What a pull request is checked out as: HEAD^1 is the branch that it is for."""
        repository.customers(1)
        repository.write("desired/customer-1.yaml", "mine: 1\n")
        repository.commit()
        repository.git("checkout", "-q", "main")
        target = repository.commit("more on main")
        repository.git("merge", "-q", "--no-ff", "--no-edit", "work")
        clone = self.cloned(repository, tmp_path / "clone", "--depth=2", "--branch=main")
        tree = compare(clone.folder, "HEAD^1")
        assert (tree.commits, tree.has_changed(clone.folder / "desired/customer-1.yaml")) == ((target,), True)

    def test_that_shows_an_older_ancestor_than_the_nearest(self, repository: Repository, tmp_path: Path) -> None:
        """The nearest, c, lies behind the clone's end; compared by the older one, a, its change would not show.

            a --- b --- c --- d --- e   main
             \\           \\
              \\           f --- g
               \\                 \\
                x ----------------- m   work, which takes back what c did
        """
        repository.write("desired/customer-1.yaml", 1)
        first = repository.commit("a")
        repository.commit("b")
        repository.write("desired/customer-1.yaml", 2)
        nearest = repository.commit("c")
        repository.git("checkout", "-q", "-b", "side")
        repository.commit("f")
        repository.commit("g")
        repository.git("checkout", "-q", "main")
        repository.commit("d")
        side = repository.git("rev-parse", "side")
        main = repository.git("commit-tree", "main^{tree}", "-p", "main", "-p", first, "-m", "e")
        repository.git("update-ref", "refs/heads/main", main)
        work = repository.git("commit-tree", f"{first}^{{tree}}", "-p", first, "-p", side, "-m", "m")
        repository.git("update-ref", "refs/heads/work", work)
        clone = self.cloned(repository, tmp_path / "clone", "--depth=2", "--no-single-branch", "--branch=work")
        assert clone.git("merge-base", "origin/main", "HEAD") == first
        assert refused(clone, "origin/main") == (
            f"--changed-since origin/main: whether {first[:12]} is where HEAD parted from it is not certain"
            f"{self.REMEDY}"
        )
        clone.git("fetch", "-q", "--unshallow")
        tree = compare(clone.folder, "origin/main")
        assert (tree.commits, tree.has_changed(clone.folder / "desired/customer-1.yaml")) == ((nearest,), True)
