"""Hold the schemas against a real editor's language server: ``python -m tests.editors FOLDER``.

FOLDER is where ``make editors`` installed yaml-language-server and a Node.js to run it. What
is checked: no file that we write or show is underlined; of the mistakes in ``tests/mistakes``
all are underlined but those in ``unseen.yaml``; every key of the good files shows its
description; completion offers what may be written; the settings of the example find the
schema of files that do not name theirs; and what init and import write is not underlined.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from reconciler.cli.main import run
from reconciler.documents import Document, load, schema
from reconciler.documents.slips import resolved
from tests.editors.server import Server
from tests.mistakes.reading import GOOD, Row, rows

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
EXAMPLE = ROOT / "examples" / "contoso-partner"
QUIET = {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True}
SHOWN = ("desired/*.yaml", "examples/**/*.yaml", "reconciler/rulebooks/*.yaml", "reconciler/emulator/**/*.yaml")
# A change of good/desired/contoso.yaml, the place of the cursor in it, and what may be written there.
COMPLETIONS: tuple[tuple[str, str, int, int, set[str]], ...] = (
    ("      state: cancelled\n", "      state: \n", 52, 14, {"active", "cancelled", "exchanged"}),
    ("          term: P3Y\n", "          term: \n", 28, 17, {"P1Y", "P3Y", "P5Y"}),
    (
        "        type: ResourceGroup\n",
        "        type: \n",
        39,
        15,
        {"Shared", "Single", "ResourceGroup", "ManagementGroup"},
    ),
    ('        notBefore: "2027-01-04"\n', "        \n", 55, 9, {"notBefore", "partial", "priority"}),
    ("  channel: auto\n", "  \n", 8, 3, {"agreement", "channel", "credential", "frozen"}),
    ("      displayName: vm-web\n", "      \n", 37, 7, {"displayName", "protected", "quantity", "state"}),
)
# Files of the example repository that do not name their schema, and the line at which each is underlined.
UNNAMED = (
    ("reconciler.yaml", "provider: azrue\n", 1),
    ("desired/eu/new.yaml", "apiVersion: reconciler/v1\nkind: Customer\nmetadata: {name: new}\nspec: {tenant: x}\n", 4),
    ("policies/new.yaml", "apiVersion: reconciler/v1\nkind: PlanPolicy\nmetadata: {name: new}\nspec: {each: all}\n", 4),
    ("policies/new.test.yaml", "apiVersion: reconciler/v1\nkind: PolicyTest\nmetadata: {name: new}\nspec: {}\n", 4),
    ("approvals/ada.yaml", "apiVersion: reconciler/v1\nkind: Approval\nspec: {approver: ada}\n", 3),
)


def main(installed: Path) -> int:
    """Check everything, tell what is otherwise than expected, and return the exit code."""
    node, script = installed / "bin" / "node", installed / "node_modules/yaml-language-server/bin/yaml-language-server"
    settings = json.loads((EXAMPLE / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    wrong: list[str] = []
    with Server(node, script, ROOT, {"yaml": QUIET}) as server:
        wrong += _shown(server)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(node, script, Path(folder), {"yaml": _plain(settings)}) as server,
    ):
        root = Path(folder)
        shutil.copytree(GOOD, root, dirs_exist_ok=True)
        shutil.copytree(ROOT / "schemas", root / "schemas")
        wrong += [*_mistakes(server, root), *_hovers(server, root), *_completions(server, root)]
    with Server(node, script, EXAMPLE, {"yaml": QUIET | _of_yaml(settings)}) as server:
        wrong += _unnamed(server)
    with tempfile.TemporaryDirectory() as folder, Server(node, script, Path(folder), {"yaml": QUIET}) as server:
        wrong += _written(server, Path(folder))
    for line in wrong:
        print(line)
    print(f"{len(wrong)} otherwise than expected" if wrong else "the editor sees what it should")
    return bool(wrong)


def _of_yaml(settings: dict[str, Any]) -> dict[str, Any]:
    return {key.removeprefix("yaml."): value for key, value in settings.items() if key.startswith("yaml.")}


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the example's settings for a repository that has the schemas in itself, as ``init`` makes it."""
    found = _of_yaml(settings)
    schemas = {f"./schemas/{Path(path).name}": files for path, files in found["schemas"].items()}
    return QUIET | found | {"schemas": schemas}


def _shown(server: Server) -> Iterator[str]:
    for pattern in SHOWN:
        for path in sorted(ROOT.glob(pattern)):
            if "yaml-language-server" not in path.read_text(encoding="utf-8"):
                yield f"{path.relative_to(ROOT)}: does not name its schema"
                continue
            with server.opened(path) as opened:
                yield from (f"{path.relative_to(ROOT)}:{line}" for line in opened.diagnostics())


def _mistakes(server: Server, root: Path) -> Iterator[str]:
    unseen = {name for names in yaml.safe_load((HERE / "unseen.yaml").read_text()).values() for name in names}
    found = set()
    for row in rows():
        text = _text(row)
        if text is None:
            continue
        with server.opened(root / row.file, text) as opened:
            underlined = opened.diagnostics()
        if not underlined and row.says:
            found.add(row.name)
        elif underlined and not row.says:
            yield f"{row.name}: underlined: {underlined}"
    yield from (f"{name}: not underlined" for name in sorted(found - unseen))
    yield from (f"{name}: underlined by now; take it from unseen.yaml" for name in sorted(unseen - found))


def _text(row: Row) -> str | None:
    """Return a row's file as an editor has it, None for what no editor opens."""
    if not row.file.endswith(".yaml") or len(row.content) > 100_000 or row.command[0] == "plan":
        return None
    try:
        return row.content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _hovers(server: Server, root: Path) -> Iterator[str]:
    for path in sorted(GOOD.rglob("*.yaml")):
        name = path.read_text(encoding="utf-8").partition("schemas/")[2].partition(".schema.json")[0]
        document = load(path, path.name)
        with server.opened(root / path.relative_to(GOOD)) as opened:
            opened.diagnostics()
            for line, column, description in _described(document, schema(name), schema(name), document.value, ()):
                # On the key's second letter: before its first one ends what stands above it.
                shown = " ".join(opened.hover(line, column + 1).replace("\\*", "*").split())
                if description not in shown:
                    yield f"{path.name}:{line}:{column}: hover: expected {description!r}, got {shown!r}"


def _described(
    document: Document, root: Any, node: Any, value: Any, pointer: tuple[Any, ...]
) -> Iterator[tuple[Any, ...]]:
    """Give the place and the description of every key below *pointer*."""
    node = resolved(root, node)
    if isinstance(value, list) and isinstance(node.get("items"), dict):
        for place, item in enumerate(value):
            yield from _described(document, root, node["items"], item, (*pointer, place))
    for key, item in value.items() if isinstance(value, dict) else ():
        below = node.get("properties", {}).get(key)
        if below is not None:
            place = document.place((*pointer, key))
            yield place.line, place.column, " ".join(below["description"].split())
            yield from _described(document, root, below, item, (*pointer, key))


def _completions(server: Server, root: Path) -> Iterator[str]:
    path = root / "desired" / "contoso.yaml"
    good = path.read_text(encoding="utf-8")
    for old, new, line, column, wanted in COMPLETIONS:
        assert good.count(old) == 1, old
        with server.opened(path, good.replace(old, new)) as opened:
            opened.diagnostics()
            offered = opened.completion(line, column)
        if not wanted <= set(offered):
            yield f"completion at {line}:{column}: expected {sorted(wanted)}, got {offered}"


def _written(server: Server, root: Path) -> Iterator[str]:
    """Check what init and import write; they are the first files that a user opens."""
    with contextlib.chdir(root), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert run(["init", "--tenant", "contoso=11111111-2222-3333-4444-555555555555"]) == 0
        run(["import", "--estate", str(EXAMPLE / "estate.json")])
    files = sorted(root.rglob("*.yaml"))
    if len(files) < 10:
        yield f"init and import wrote {len(files)} files alone"
    for path in files:
        with server.opened(path) as opened:
            yield from (f"written {path.relative_to(root)}:{line}" for line in opened.diagnostics())


def _unnamed(server: Server) -> Iterator[str]:
    for name, text, line in UNNAMED:
        with server.opened(EXAMPLE / name, text) as opened:
            lines = {int(found.partition(":")[0]) for found in opened.diagnostics()}
        if line not in lines:
            yield f"{name}: by the example's settings line {line} should be underlined, not {sorted(lines)}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
