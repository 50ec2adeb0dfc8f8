"""The layout of the rooms, held by the code's own imports."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PRODUCT = Path(__file__).parent.parent / "reconciler"
FILES = sorted(PRODUCT.rglob("*.py"))

# Each room, and the rooms below it that it may look into.
ROOMS = {
    "errors": {"model"},  # for annotations alone
    "collector": set(),
    "model": {"errors"},
    "documents": {"errors", "model", "collector"},
    "cache": set(),
    "config": {"errors", "model", "documents"},
    "diff": {"model"},
    "rules": {"errors", "model"},
    "rulebooks": {"errors", "model", "documents", "rules"},
    "desired": {"errors", "model", "documents", "cache"},
    "changed": {"errors", "model"},
    "writing": {"errors", "model", "documents"},
    "estate": {"errors", "model", "cache", "collector"},
    "ledger": {"errors", "model"},
    "reports": {"errors", "model", "rules"},
    "verify": {"errors", "model"},
    "providers": {"errors", "model", "cache", "config", "documents", "estate", "rules"},
    "actions": {"errors", "model", "rules", "estate"},
    "policies": {"errors", "model", "documents"},
    "planner": {"errors", "model", "rules", "estate", "diff", "actions", "policies"},
    "apply": {"errors", "model", "rules", "estate", "actions", "providers", "ledger", "reports"},
    "rebuild": {"errors", "model", "rules", "estate", "ledger"},
    "importing": {"errors", "model", "documents", "estate", "planner", "writing"},
    "advising": {"errors", "model", "rules", "actions", "policies", "planner"},
    "scheduling": {"errors", "model", "rules", "actions", "planner"},
    "views": {"errors", "model", "rules", "actions", "planner", "reports", "scheduling"},
    "pipeline": {
        *("errors", "model", "cache", "config", "rules", "rulebooks", "desired", "changed", "writing", "estate"),
        *("ledger",),
        *("providers", "actions", "policies", "planner", "apply", "rebuild", "importing", "advising", "scheduling"),
    },
    "cli": {
        *("errors", "model", "config", "documents", "rules", "rulebooks", "desired", "writing", "estate", "ledger"),
        *(
            "cache",
            "reports",
            "providers",
            "actions",
            "policies",
            "planner",
            "apply",
            "scheduling",
            "views",
            "pipeline",
            "verify",
            "emulator",
            "__init__",
        ),
    },
    "emulator": set(),
    "__main__": {"cli"},
    "__init__": set(),
}
# The one room of each package that is made for a purpose.
PACKAGES = {
    "yaml": "documents",
    "jsonschema": "documents",
    "jsonschema_rs": "documents",
    "click": "cli",
    "deepdiff": "diff",
    "sqlalchemy": "ledger",
    "alembic": "ledger",
    "psycopg": "ledger",
    "cel_expr_python": "policies",
    "highspy": "scheduling",
    "google": "policies",
    "azure": "providers",
    "aiohttp": "providers",
    "jinja2": "reports",
    "icalendar": "reports",
    "junitparser": "reports",
    "rich": "reports",
    "starlette": "emulator",
    "distributed": "pipeline",
    "uvicorn": "emulator",
}
# The emulator is a house of its own: what goes wrong in it is said in YAML as well.
EMULATORS_TOO = {"yaml", "jsonschema"}


def room_of(path: Path) -> str:
    return path.relative_to(PRODUCT).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    parts = path.relative_to(PRODUCT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> list[tuple[str, bool]]:
    """Return each module that a file imports, absolutely, and whether for annotations alone."""
    tree = ast.parse(path.read_text())
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node in typing_only) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found += [(f"{source}.{alias.name}", node in typing_only) for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PRODUCT)))
def test_a_file_looks_only_into_the_rooms_below_it(path: Path) -> None:
    own = room_of(path)
    seen = {name.split(".")[1] for name, _ in imports(path) if name.startswith("reconciler.")}
    allowed = ROOMS[own] | {own}
    if own == "cli" and path.name != "emulator.py":
        allowed = allowed - {"emulator"}
    if own == "__main__":
        allowed = {"cli"}
    assert {room for room in seen if room in ROOMS} <= allowed
    assert {room for room in seen if room not in ROOMS} <= {"__version__"}


def test_what_verifies_a_plan_shares_nothing_with_what_makes_it_but_its_shapes() -> None:
    """No arithmetic, no rounding, no digest, no law: else one mistake would prove itself right."""
    files = sorted((PRODUCT / "verify").glob("*.py"))
    ours = {name for path in files for name, _ in imports(path) if name.startswith("reconciler.")}
    borrowed = {name for name in ours if not name.startswith("reconciler.verify.")}
    assert borrowed == {"reconciler.errors.PlanRefused", "reconciler.model.plan.Plan"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PRODUCT)))
def test_a_package_is_imported_in_one_room(path: Path) -> None:
    for name, _ in imports(path):
        package = name.split(".")[0]
        home = PACKAGES.get(package)
        if room_of(path) != "emulator" or package not in EMULATORS_TOO:
            assert home in (None, room_of(path)), f"{name} belongs to {home}/"


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {module_of(path) for path in FILES}
    graph: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        for name, typing_only in imports(path):
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and not typing_only and target != module_of(path):
                graph[module_of(path)].add(target)
    TopologicalSorter(graph).prepare()


def test_no_room_is_a_drawer_for_anything() -> None:
    parts = {part.removesuffix(".py") for path in FILES for part in path.relative_to(PRODUCT).parts}
    assert not parts & {"utils", "util", "helpers", "common", "misc", "shared"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PRODUCT)))
def test_a_file_can_be_read_at_one_sitting(path: Path) -> None:
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert text.count("\n") <= 300
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno > 60] == []
