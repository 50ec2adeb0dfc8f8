"""A git repository with customers' files, made by git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.bodies import guid

_WHO = {
    name: value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in ((f"GIT_{role}_NAME", "Ada"), (f"GIT_{role}_EMAIL", "ada@partner.example"))
}


def customer_text(number: int, *, name: str | None = None, wanted: str = "renew: false", tenant: int = 0) -> str:
    """Return the file of a customer with one reservation; all its ids follow from *number*."""
    return (
        "apiVersion: reconciler/v1\nkind: Customer\n"
        f"metadata: {{name: {name or f'customer-{number}'}}}\n"
        f"spec:\n  tenantId: {guid(0xDBB00 + (tenant or number))}\n  reservations:\n"
        f"    - name: r1\n      orderId: {guid(number)}\n      reservationId: {guid(number + 0x1000)}\n"
        f"      {wanted}\n"
    )


class Repository:
    """The working tree at *folder*; ``git`` runs git in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def begun(cls, folder: Path) -> Repository:
        """Make a repository."""
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder)
        made.git("init", "-q", "-b", "main")
        return made

    def git(self, *arguments: str) -> str:
        """Run git, whatever is set up on this machine, and return what it writes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            env={**kept, **_WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, name: str, text: str | int) -> Path:
        """Write a file, a customer's where a number is given."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(customer_text(text) if isinstance(text, int) else text, encoding="utf-8")
        return path

    def commit(self, message: str = "more") -> str:
        """Commit everything, and return the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def customers(self, count: int) -> None:
        """Write and commit the files of customers 1, 2, ..., and begin a branch from there."""
        for number in range(1, count + 1):
            self.write(f"desired/customer-{number}.yaml", number)
        self.commit("customers")
        self.git("checkout", "-q", "-b", "work")
