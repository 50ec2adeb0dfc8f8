"""The files of a working tree, and which of them git proves to be unchanged."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from reconciler.changed.git import Git
from reconciler.changed.revisions import bases


class Worktree:
    """A working tree beside the commits that its work parted from.

    A file counts as changed unless git tracks it and finds it as it was: what git does not
    know of (untracked, ignored, outside the repository, in a repository within) may have changed.
    """

    def __init__(self, git: Git, commits: tuple[str, ...]) -> None:
        self.commits = commits
        self._git = git
        self.top = git.folder
        self._old = {path: blob for commit in reversed(commits) for path, blob in _differing(git, commit)}
        self._unchanged = {_key(path) for path in _tracked(git)} - {_key(path) for path in self._old}
        self._known: dict[str, tuple[str, bool]] = {}
        self._within: dict[str, str] = {}
        self._keys: dict[str, str | None] = {}

    def has_changed(self, file: Path) -> bool:
        """Say whether a file, or a link on the way to it, may be another one than at the revision."""
        return self._unchanged_at(file) is None

    def blobs(self, files: Iterable[Path]) -> dict[Path, bytes]:
        """Return the id of the object that each of these files is, but for its line ends, where git proves it."""
        filtered = {_key(path) for path in _filtered(self._git)}
        objects: dict[str, str] = {}
        for path, blob in _objects(self._git, self.commits[0]):
            key = _key(path)
            objects[key] = "" if key in objects or key in filtered else blob  # two names may differ in case alone
        found = ((file, objects.get(self._unchanged_at(file) or "")) for file in files)
        return {file: bytes.fromhex(blob) for file, blob in found if blob}

    def _unchanged_at(self, file: Path) -> str | None:
        """Return the key of the file that *file*, links followed, really is, where it is proved to be as it was."""
        path = os.path.abspath(file)  # noqa: PTH100 - resolve() would follow the links that are looked at
        if path not in self._keys:
            really, proved = self._really(path)
            key = self._key_of(really)
            self._keys[path] = key if proved and key in self._unchanged else None
        return self._keys[path]

    def holds(self, place: Path) -> bool:
        """Say whether a file or folder is, links followed, in the repository."""
        return Path(os.path.realpath(place)).is_relative_to(self.top)

    def differing(self, places: Sequence[Path]) -> list[str]:
        """Return what was at the revision in or below *places* and is not the same now, seen from the top."""
        roots = [_key(os.path.relpath(os.path.realpath(place), self.top)) for place in places]
        return [
            path
            for path in sorted(self._old)
            if self._old[path].strip("0")
            and any(root == "." or f"{_key(path)}/".startswith(f"{root}/") for root in roots)
        ]

    def contents(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        """Return what was at the revision, by the path of ``differing``; None of what is not here and cannot be had."""
        return dict(zip(paths, _contents(self._git, [self._old[path] for path in paths]), strict=True))

    def _really(self, path: str) -> tuple[str, bool]:
        """Return where a path really is, and whether each link on the way there is proved."""
        if path not in self._known:
            self._known[path] = self._followed(path)
        return self._known[path]

    def _followed(self, path: str) -> tuple[str, bool]:
        parent, name = os.path.split(path)
        if parent == path:
            return path, True
        above, proved = self._really(parent)
        if name in ("", ".", ".."):
            return (os.path.dirname(above) if name == ".." else above), proved  # noqa: PTH120
        here = os.path.join(above, name)  # noqa: PTH118 - of 10,000 files
        if not os.path.islink(here):  # noqa: PTH114
            return here, proved
        if not os.path.exists(here):  # noqa: PTH110 - of a link that leads round in a circle too
            return here, False
        target, rest = self._really(os.path.join(above, os.readlink(here)))  # noqa: PTH115, PTH118
        # The way to the repository itself (/tmp, a mounted home) is the machine's, not a change of its content.
        leads_here = self.top.is_relative_to(target)
        return target, proved and rest and (leads_here or self._key_of(here) in self._unchanged)

    def _key_of(self, path: str) -> str:
        """Return the key of a path, seen from the top."""
        folder, name = os.path.split(path)
        if folder not in self._within:
            within = os.path.relpath(folder, self.top)
            self._within[folder] = "" if within == "." else f"{within}/"
        return _key(self._within[folder] + name)


def compare(folder: Path, revision: str) -> Worktree:
    """Return the working tree that *folder* is in, beside what it was at *revision*.

    Errors: UsageError if there is no git, no repository, or no such revision.
    """
    here = Git(Path(os.path.realpath(folder)), revision)
    top, _, shallow = here.line("rev-parse", "--show-toplevel", "--is-shallow-repository").rpartition("\n")
    git = Git(Path(top), revision)
    return Worktree(git, bases(git, shallow=shallow == "true"))


def _key(path: str) -> str:
    """Return a path as it is compared: some file systems list letters in another form than git keeps them."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path.casefold())


def _tracked(git: Git) -> Iterator[str]:
    """Give what git tracks and looks at: not what it was told to take for unchanged, nor what is in conflict."""
    for entry in os.fsdecode(git.ask("ls-files", "-v", "-z")).split("\0"):
        if entry.startswith("H "):
            yield entry[2:]


def _filtered(git: Git) -> Iterator[str]:
    """Give what git may write into the working tree in other words than it keeps."""
    plain = ":(exclude,attr:!filter !ident !working-tree-encoding)"
    yield from os.fsdecode(git.ask("ls-files", "-z", "--", plain)).split("\0")


def _differing(git: Git, commit: str) -> Iterator[tuple[str, str]]:
    """Give what differs between a commit and the files as they are, with the object it was; zeros of a new one."""
    flags = ("--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--ignore-submodules=all")
    parts = os.fsdecode(git.ask("diff", *flags, commit, "--")).split("\0")
    for entry, path in zip(parts[0::2], parts[1::2], strict=False):
        yield path, entry.split()[2]


def _objects(git: Git, commit: str) -> Iterator[tuple[str, str]]:
    """Give each file of a commit, with the id of its object."""
    for entry in os.fsdecode(git.ask("ls-tree", "-r", "-z", "--full-tree", commit)).split("\0"):
        about, _, path = entry.partition("\t")
        if path:
            yield path, about.split()[2]


def _contents(git: Git, blobs: Sequence[str]) -> Iterator[bytes | None]:
    """Give each object's content, None of one that is not here."""
    if not blobs:
        return
    # A clone without old contents fetches them now; where that fails, git ends before it has answered.
    answer = git.ask("cat-file", "--batch", given="\n".join((*blobs, "")).encode(), known=(0, 128))
    start = 0
    for _ in blobs:
        if start == len(answer):
            yield None
            continue
        end = answer.index(b"\n", start)
        kind = answer[start:end].split()[-1]
        start = end + 1
        if kind == b"missing":
            yield None
        else:
            yield answer[start : start + int(kind)]
            start += int(kind) + 1
