"""Which commits to compare by: where the work that is reviewed parted from a revision."""

from __future__ import annotations

import os

from reconciler.changed.git import Git

_COMMIT = "^{commit}"
_KINDS = ("commit", "tag", "tree", "blob")


def bases(git: Git, *, shallow: bool) -> tuple[str, ...]:
    """Return the ids of the best common ancestors of the revision and HEAD; nearly always one.

    Errors: UsageError if there is no such revision, or a clone is too *shallow* to tell.
    """
    head, commit = _commits(git)
    if not head:
        raise git.failure("this repository has no commit yet")
    if not commit:
        raise git.failure(f"there is no such commit here{_remedy(shallow)}")
    if commit == head:
        return (head,)
    found = tuple(git.line("merge-base", "--all", commit, head, known=(0, 1)).split())
    if not found:
        raise git.failure(f"it has no common ancestor with HEAD{_remedy(shallow)}")
    if shallow and not {commit, head} & set(found):
        _require_certain(git, commit, head, found)
    return found


def _commits(git: Git) -> tuple[str, str]:
    """Return the commits of HEAD and of the revision, empty where there is none.

    Never is the revision given to git where an option could stand.
    """
    name = git.revision
    # No name of git's begins with a dash, and none of a branch or tag holds a control character.
    if not name or name.startswith("-") or not name.isprintable():
        raise git.failure("that is no revision; name a branch, a tag or a commit")
    (head, _), (found, kind) = _looked_up(git, f"HEAD{_COMMIT}", name)
    # ":/text^{commit}" would look for that text, so that only what was found is followed to its commit.
    return head, found if kind == "commit" or not found else _looked_up(git, f"{found}{_COMMIT}")[0][0]


def _looked_up(git: Git, *names: str) -> list[tuple[str, str]]:
    """Return the id and the kind of each object that is here; two empty texts of one that is not."""
    given = os.fsencode("".join(f"{name}\n" for name in names))
    lines = os.fsdecode(git.ask("cat-file", "--batch-check=%(objectname) %(objecttype)", given=given)).splitlines()
    return [(words[0], words[1]) if words[-1] in _KINDS else ("", "") for words in (line.split(" ") for line in lines)]


def _require_certain(git: Git, commit: str, head: str, found: tuple[str, ...]) -> None:
    """Refuse where a nearer common ancestor may lie behind the end of a shallow clone's history."""
    path = git.folder / git.line("rev-parse", "--git-path", "shallow")
    ends = set(path.read_text().split())
    if ends & set(git.line("rev-list", commit, head, "--not", *found).split()):
        raise git.failure(f"whether {found[0][:12]} is where HEAD parted from it is not certain{_remedy(shallow=True)}")


def _remedy(shallow: bool) -> str:
    if shallow:
        return (
            "; this clone is shallow: fetch the history with git fetch --unshallow and what lacks with "
            "git fetch origin BRANCH (actions/checkout: fetch-depth: 0, GitLab: GIT_DEPTH: 0)"
        )
    return "; fetch it first (git fetch origin), or correct its name"
