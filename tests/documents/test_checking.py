"""Two validators judge a document; they must agree, and every schema must be of use to an editor."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents import check, load, load_checked, schema, schema_names, schema_text, schemas
from reconciler.documents.schemas import explainer, judge
from reconciler.errors import InvalidDocuments, UsageError

GUID = "0f0f0f0f-0000-0000-0000-000000000001"
odd = st.sampled_from(
    [
        None,
        "",
        "x",
        "On",
        0,
        1,
        -1,
        True,
        [],
        {},
        [{}],
        GUID,
        "900.00 USD",
        "900.00 USD\n",
        "2027-01-04",
        "cancelled",
        "Single",
    ]
)
purchase = st.dictionaries(st.sampled_from(["name", "sku", "term", "quantity", "scope", "zzz"]), odd)
block = st.dictionaries(
    st.sampled_from(["reason", "minRefund", "notBefore", "group", "into", "type", "subscription", "zzz"]),
    odd | st.lists(purchase),
)
reservation = st.dictionaries(
    st.sampled_from(
        ["name", "orderId", "reservationId", "state", "quantity", "cancel", "exchange", "scope", "access", "zzz"]
    ),
    odd | block,
)
spec = st.fixed_dictionaries(
    {"tenantId": st.just(GUID) | odd},
    optional={
        "channel": odd,
        "subscriptions": odd | block,
        "contact": odd | block,
        "reservations": odd | st.lists(reservation),
        "exchanges": odd | st.dictionaries(st.just("g"), block),
    },
)
customers = st.fixed_dictionaries({
    "apiVersion": st.just("reconciler/v1"), "kind": st.just("Customer"),
    "metadata": st.just({"name": "contoso"}) | odd, "spec": spec | odd,
})  # fmt: skip


@given(customers)
def test_the_two_validators_should_agree(value: dict[str, Any]) -> None:
    assert judge("customer").is_valid(value) == explainer("customer").is_valid(value)


@given(customers)
def test_check_should_explain_every_refusal_in_plain_words(value: dict[str, Any]) -> None:
    with_file = load_json(value)
    problems = check(with_file, "customer")
    assert bool(problems) != judge("customer").is_valid(value)
    for problem in problems:
        assert problem.message.isascii()
        assert "is not valid under" not in problem.message
        assert "does not fit the schema" not in problem.message


def load_json(value: Any) -> Any:
    """Return a Document of *value*; JSON is YAML."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file.yaml")
        file.write_text(json.dumps(value), encoding="utf-8")
        return load(file, "file.yaml")


def test_check_should_leave_alone_what_loading_already_reported(tmp_path: Path) -> None:
    file = tmp_path / "reconciler.yaml"
    file.write_text("limits: {maxRefund: 900.00 USD, 12: x, maxActions: no}\nprovider: &a azure\n", encoding="utf-8")
    document = load(file, "reconciler.yaml")
    assert [problem.location.column for problem in document.problems] == [21, 33, 52, 11]
    assert check(document, "config") == []


def test_check_should_say_nothing_of_a_file_that_cannot_be_parsed(tmp_path: Path) -> None:
    file = tmp_path / "reconciler.yaml"
    file.write_text("a: b: c\n", encoding="utf-8")
    assert check(load(file, "reconciler.yaml"), "config") == []


def test_load_checked_should_raise_all_problems_sorted(tmp_path: Path) -> None:
    file = tmp_path / "reconciler.yaml"
    file.write_text("polices: x\nprovider: *a\n", encoding="utf-8")
    with pytest.raises(InvalidDocuments) as raised:
        load_checked(file, "reconciler.yaml", "config")
    assert [str(problem) for problem in raised.value.problems] == [
        'reconciler.yaml:1:1: unknown key "polices" (did you mean "policies"?)',
        "reconciler.yaml:2:11: aliases (*) are not supported; write the value out",
    ]


def test_load_checked_should_return_a_document_without_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "reconciler.yaml"
    file.write_text("provider: azure\n", encoding="utf-8")
    assert load_checked(file, "reconciler.yaml", "config").value == {"provider": "azure"}


def test_check_should_not_pass_what_it_cannot_explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lines.schema.json").write_text('{"pattern": "^a$|^b$"}', encoding="utf-8")
    monkeypatch.setattr(schemas, "_FOLDERS", (tmp_path,))
    file = tmp_path / "lines.yaml"
    file.write_text('"a\\n"\n', encoding="utf-8")
    problems = check(load(file, "lines.yaml"), "lines")
    assert [str(problem) for problem in problems] == ["lines.yaml:1:1: the file does not fit the schema lines"]


def test_schema_text_should_be_the_file_and_an_unknown_name_should_be_told() -> None:
    assert {"config", "customer"} <= set(schema_names())
    assert json.loads(schema_text("customer"))["title"] == "Customer"
    with pytest.raises(UsageError, match=r'no schema "custmer" \(did you mean "customer"\?\)'):
        schema_text("custmer")


@pytest.mark.parametrize("name", schema_names())
def test_what_is_not_allowed_should_be_written_so_that_its_place_is_told(name: str) -> None:
    def properties(node: Any) -> Iterator[Any]:
        for key, below in node.items() if isinstance(node, dict) else enumerate(node):
            if key == "properties":
                yield from below.items()
            if isinstance(below, dict | list):
                yield from properties(below)

    assert [key for key, value in properties(schema(name)) if value is False] == []


def test_the_slow_validator_should_load_only_for_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "reconciler.yaml"
    file.write_text("provider: azure\n", encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; from reconciler.documents import check, load\n"
        f"assert check(load(Path({str(file)!r}), 'x'), 'config') == []\n"
        "sys.exit('jsonschema' in sys.modules or 'difflib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
