"""The real emulator in a process of its own, for any test that needs the wire."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

_SERVE = """
import sys
from datetime import datetime
from pathlib import Path
from reconciler.emulator.server import serve
path, at = sys.argv[1:]
serve(Path(path), 0, datetime.fromisoformat(at) if at else None, False)
"""


class Emulator(NamedTuple):
    """A running emulator: where it listens, and the estate file that it saves to."""

    endpoint: str
    path: Path

    def get(self, name: str) -> Any:
        """Return what ``GET /_emulator/{name}`` answers: requests, estate, clock."""
        with urllib.request.urlopen(f"{self.endpoint}/_emulator/{name}") as response:
            return json.load(response)

    def post(self, name: str, body: dict[str, Any]) -> Any:
        """Return what ``POST /_emulator/{name}`` answers: clock, faults."""
        request = urllib.request.Request(
            f"{self.endpoint}/_emulator/{name}",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            return json.load(response)


@contextmanager
def running_emulator(estate: dict[str, Any] | Path, at: str | datetime | None = None) -> Iterator[Emulator]:
    """Run the emulator on a free port until the block ends.

    An *estate* given as a document is written to a temporary file first; one given
    as a path is saved in place. *at* is where the clock stands; None: the real one.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = estate if isinstance(estate, Path) else Path(folder) / "estate.json"
        if not isinstance(estate, Path):
            path.write_text(json.dumps(estate), encoding="utf-8")
        instant = at.isoformat() if isinstance(at, datetime) else at or ""
        arguments = [sys.executable, "-c", _SERVE, str(path), instant]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line.startswith("listening on "), f"the emulator did not start: {line!r}"
                yield Emulator(line.removeprefix("listening on ").strip(), path)
            finally:
                process.terminate()
