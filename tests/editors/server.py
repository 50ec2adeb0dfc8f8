"""The language server of an editor, spoken to as an editor does: JSON-RPC over its stdin and stdout."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Any

# Far more than the server ever takes; a test that waits this long has failed.
_PATIENCE = 60.0


class Server:
    """yaml-language-server with *settings*, as an editor that opened the folder *root* starts it."""

    def __init__(self, node: Path, script: Path, root: Path, settings: dict[str, Any]) -> None:
        self.root = root
        self.settings = settings
        self.process = subprocess.Popen(
            [node, script, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.arrived: Queue[dict[str, Any]] = Queue()
        Thread(target=self._listen, daemon=True).start()
        self.asked = 0
        self.version = 0

    def __enter__(self) -> Server:
        capabilities = {
            "textDocument": {
                "publishDiagnostics": {"versionSupport": True},
                "hover": {"contentFormat": ["plaintext"]},
                "completion": {"completionItem": {"documentationFormat": ["plaintext"], "snippetSupport": False}},
            },
            "workspace": {"configuration": True, "workspaceFolders": True},
        }
        folder = {"uri": self.root.as_uri(), "name": self.root.name}
        self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": capabilities,
            },
        )
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": self.settings})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()

    @contextmanager
    def opened(self, path: Path, text: str | None = None) -> Iterator[Opened]:
        """Open a file, with *text* in place of its own; it need not be there."""
        uri = path.as_uri()
        self.version += 1
        content = path.read_text(encoding="utf-8") if text is None else text
        document = {"uri": uri, "languageId": "yaml", "version": self.version, "text": content}
        self.tell("textDocument/didOpen", {"textDocument": document})
        opened = Opened(self, uri)
        yield opened
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        opened.diagnostics()  # what was underlined is taken back

    def ask(self, method: str, params: Any) -> Any:
        """Return the answer of a request; TimeoutError if none comes."""
        self.asked += 1
        number = self.asked
        self._send({"id": number, "method": method, "params": params})
        return self.wait(lambda message: message.get("id") == number and "method" not in message)["result"]

    def tell(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def wait(self, wanted: Any) -> dict[str, Any]:
        """Return the next message that is *wanted*; the server's own questions are answered meanwhile."""
        while True:
            try:
                message = self.arrived.get(timeout=_PATIENCE)
            except Empty:
                raise TimeoutError("the language server says nothing") from None
            if "method" in message and "id" in message:
                self._answer(message)
            elif wanted(message):
                return message

    def _answer(self, question: dict[str, Any]) -> None:
        result: Any = None
        if question["method"] == "workspace/configuration":
            result = [self._setting(item.get("section", "")) for item in question["params"]["items"]]
        self._send({"id": question["id"], "result": result})

    def _setting(self, section: str) -> Any:
        found: Any = self.settings
        for step in filter(None, section.split(".")):
            found = found.get(step, {}) if isinstance(found, dict) else {}
        return found

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.partition(b":")[2])
            while stream.readline().strip():
                pass
            self.arrived.put(json.loads(stream.read(length)))


class Opened:
    """A file that is open in the editor."""

    def __init__(self, server: Server, uri: str) -> None:
        self.server = server
        self.uri = uri

    def diagnostics(self) -> list[str]:
        """Return what the editor underlines, as ``line:column: message``, sorted by place."""

        def ours(message: dict[str, Any]) -> bool:
            params = message.get("params") or {}
            return message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == self.uri

        found = self.server.wait(ours)["params"]["diagnostics"]
        places = [(item["range"]["start"], item["message"]) for item in found]
        return [
            f"{at['line'] + 1}:{at['character'] + 1}: {text}"
            for at, text in sorted(places, key=lambda place: (place[0]["line"], place[0]["character"]))
        ]

    def hover(self, line: int, column: int) -> str:
        """Return what is shown over the place, which counts from 1."""
        found = self.server.ask("textDocument/hover", self._at(line, column))
        contents = (found or {}).get("contents", "")
        return str(contents["value"] if isinstance(contents, dict) else contents)

    def completion(self, line: int, column: int) -> list[str]:
        """Return what may be written at the place, which counts from 1."""
        found = self.server.ask("textDocument/completion", self._at(line, column))
        items = found["items"] if isinstance(found, dict) else found or []
        return sorted(item["label"] for item in items)

    def _at(self, line: int, column: int) -> dict[str, Any]:
        return {"textDocument": {"uri": self.uri}, "position": {"line": line - 1, "character": column - 1}}
