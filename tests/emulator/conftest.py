"""A real emulator on a free port, in a process of its own, and a line to one without a socket."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_START = """
import sys
from datetime import datetime
from pathlib import Path
from reconciler.emulator.errors import EmulatorError
from reconciler.emulator.server import serve

estate, port, at = sys.argv[1:4]
try:
    file, moment = Path(estate) if estate else None, datetime.fromisoformat(at) if at else None
    serve(file, int(port), moment, "ephemeral" in sys.argv)
except EmulatorError as error:
    sys.exit(f"error: {error}")
"""

Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start an emulator; return its process and where it listens."""
    running = []

    def begin(
        estate: Path | str = "", at: str = "2026-07-01T12:00:00Z", port: int = 0, *more: str
    ) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-c", _START, str(estate), str(port), at, *more]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().removeprefix("listening on ").strip()

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()
