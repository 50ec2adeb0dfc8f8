"""Which commits to compare by: where the work that is reviewed parted from a revision."""

from __future__ import annotations

from reconciler.changed.git import Git

# git names an object that is absent by its id without looking, so that only its commit is proof.
_COMMIT = "^{commit}"


def bases(git: Git) -> tuple[str, ...]:
    """Return the ids of the best common ancestors of the revision and HEAD; nearly always one.

    Errors: UsageError if there is no such revision, or a clone is too shallow to tell.
    """
    head = git.line("rev-parse", "--verify", "--quiet", f"HEAD{_COMMIT}", known=(0, 1))
    if not head:
        raise git.failure("this repository has no commit yet")
    commit = _commit(git)
    found = tuple(git.line("merge-base", "--all", commit, head, known=(0, 1)).split())
    if not found:
        raise git.failure(f"it has no common ancestor with HEAD{_remedy(git)}")
    if _is_shallow(git) and not {commit, head} & set(found):
        _require_certain(git, commit, head, found)
    return found


def _commit(git: Git) -> str:
    """Return the commit that the revision names. Never is it given to git where an option could stand."""
    name = git.revision
    # No name of git's begins with a dash, and none of a branch or tag holds a control character.
    if not name or name.startswith("-") or not name.isprintable():
        raise git.failure("that is no revision; name a branch, a tag or a commit")
    found = git.line("rev-parse", "--verify", "--quiet", name, known=(0, 1, 128))
    commit = git.line("rev-parse", "--verify", "--quiet", f"{found}{_COMMIT}", known=(0, 1)) if found else ""
    if not commit.isalnum():  # nor what git writes for a commit that is to be left out
        raise git.failure(f"there is no such commit here{_remedy(git)}")
    return commit


def _require_certain(git: Git, commit: str, head: str, found: tuple[str, ...]) -> None:
    """Refuse where a nearer common ancestor may lie behind the end of a shallow clone's history."""
    path = git.folder / git.line("rev-parse", "--git-path", "shallow")
    ends = set(path.read_text().split())
    if ends & set(git.line("rev-list", commit, head, "--not", *found).split()):
        raise git.failure(f"whether {found[0][:12]} is where HEAD parted from it is not certain{_remedy(git)}")


def _is_shallow(git: Git) -> bool:
    return git.line("rev-parse", "--is-shallow-repository") == "true"


def _remedy(git: Git) -> str:
    if _is_shallow(git):
        return (
            "; this clone is shallow: fetch the history with git fetch --unshallow and what lacks with "
            "git fetch origin BRANCH (actions/checkout: fetch-depth: 0, GitLab: GIT_DEPTH: 0)"
        )
    return "; fetch it first (git fetch origin), or correct its name"
