"""git, run so that no setting, variable or revision makes it do or say anything else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from reconciler.errors import UsageError

# A hook's GIT_DIR and GIT_INDEX_FILE are about its own commit, and a relative one would be lost in another folder.
# Of git's variables those stay that say which configuration and which git it is (a container's safe.directory, say).
_KEPT = ("GIT_CONFIG_", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_SSL_")
# A monitor that was set up may miss changes, and so may a look at sizes and times that anybody can set; a lock taken
# for a refreshed index would hold up others.
_SETTINGS = ("core.fsmonitor=false", "core.trustctime=true", "core.checkStat=default")
_ALWAYS = ("git", "--no-pager", "--no-optional-locks", *(part for setting in _SETTINGS for part in ("-c", setting)))


class Git(msgspec.Struct, frozen=True):
    """Runs git in a folder, for ``--changed-since`` *revision*."""

    folder: Path
    revision: str

    def failure(self, what: str) -> UsageError:
        """Return the error that says why the option cannot work."""
        return UsageError(f"--changed-since {self.revision}: {what}")

    def ask(self, *arguments: str, given: bytes = b"", known: Sequence[int] = (0,)) -> bytes:
        """Return what git writes; an exit code that is *known* is no failure.

        Errors: UsageError in git's own words, or where there is no git.
        """
        try:
            done = subprocess.run(
                [*_ALWAYS, *arguments],
                cwd=self.folder,
                env=_environment(),
                input=given,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            text = "git is not installed; install it, or name the files that changed: reconciler plan FILE ..."
            raise self.failure(text) from error
        except OSError as error:
            raise self.failure(f"git cannot be run: {error.strerror}") from error
        if done.returncode not in known:
            said = " ".join(done.stderr.decode("utf-8", "replace").split()).removeprefix("fatal: ")
            raise self.failure(f"git {arguments[0]} in {self.folder}: {said or f'exit code {done.returncode}'}")
        return done.stdout

    def line(self, *arguments: str, known: Sequence[int] = (0,)) -> str:
        """Return the one line that git writes, empty where it writes none."""
        return os.fsdecode(self.ask(*arguments, known=known)).removesuffix("\n")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
