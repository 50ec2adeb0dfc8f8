"""Every test here works in a repository of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.changed.repository import Repository


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Give an empty repository, which is the working directory; nothing of this machine's git is set up."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = Repository.begun(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    return made
