"""Reading an estate file by parts gives what reading it whole gives, however its JSON was written."""

from __future__ import annotations

import json
import os
import pickle
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import ProviderError, UsageError
from reconciler.estate import splitting
from reconciler.estate.files import read_estate
from reconciler.estate.index import Index, index, read_customers
from reconciler.estate.whole import read_whole
from reconciler.model.current import Estate
from tests.providers.samples import CONTOSO, FABRIKAM, estate, purchase, tenant

Document = dict[str, Any]
STRANGER = "30000000-0000-0000-0000-000000000001"
# What looks like the beginning of a customer, in a text and in lists of a customer's own.
LOOKALIKE = {"name": "x", "tenantId": STRANGER}
TRAPS = st.sampled_from(
    [
        ', {"name": "x", "tenantId": "y"}',
        '},{"tenantId":"',
        '\\", {"',
        "]}",
        '"customers": [',
        "\n\t\u2028\u0000\U0001f600",
        [LOOKALIKE],
        [LOOKALIKE, {"name": "only"}],
        {"customers": [LOOKALIKE]},
        [[], [[]], {}],
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | TRAPS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
EXTRAS = st.dictionaries(st.sampled_from(["a", "zz", "subscriptions", "customer", "név"]), VALUES, max_size=3)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw an estate of up to four customers, its keys in any order, with keys that nobody knows."""
    tenants = [CONTOSO, FABRIKAM, STRANGER.upper(), "NO-GUID"][: draw(st.integers(0, 4))]
    order = draw(st.randoms(use_true_random=False))
    customers = [
        _shuffled({**tenant(f"customer {name[:3]}", name, purchase(1, CONTOSO)), **draw(EXTRAS)}, order)
        for name in tenants
    ]
    for customer in customers:
        if draw(st.integers(0, 5)) == 0:
            customer["complete"] = draw(st.booleans())
    head = {**estate(*customers), **draw(EXTRAS)}
    if draw(st.integers(0, 5)) == 0:
        head["complete"] = draw(st.booleans())
    return _shuffled(head, order) if draw(st.booleans()) else head


def _shuffled(document: Document, order: random.Random) -> Document:
    return dict(order.sample(list(document.items()), len(document)))


WRITERS = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, None, 0, 1, 4, "\t"]),
        "separators": st.sampled_from([None, (",", ":"), (", ", ": "), (" , ", " : "), (",\n", ":")]),
        "ensure_ascii": st.booleans(),
        "sort_keys": st.booleans(),
    }
)


def write(path: Path, document: Document, **how: Any) -> Path:
    if path.suffix == ".jsonl":
        how |= {"indent": None, "separators": None}
        head = {**document, "customers": []}
        path.write_text("".join(f"{json.dumps(part, **how)}\n" for part in (head, *document.get("customers", ()))))
    else:
        path.write_text(json.dumps(document, **how))
    return path


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search in windows that end within a customer, and within what separates two."""
    monkeypatch.setattr(splitting, "WINDOW", 4099)
    monkeypatch.setattr(splitting, "REACH", 307)


@settings(max_examples=150, deadline=None)
@given(document=documents(), how=WRITERS, suffix=st.sampled_from(["json", "jsonl"]), data=st.data())
def test_parts_are_what_the_whole_has(
    tmp_path_factory: pytest.TempPathFactory, document: Document, how: Document, suffix: str, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.getbasetemp() / f"drawn.{suffix}", document, **how)
    whole = read_whole(path, None)
    wanted = data.draw(st.sets(st.sampled_from([*whole.customers, STRANGER, "nobody"])))
    told = {name: whole.customers[name] for name in wanted if name in whole.customers}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "WINDOW", data.draw(st.sampled_from([1 << 20, 997])))
        assert read_estate(path) == whole
        assert read_estate(path, wanted).customers == told
        found, proven = index(path), index(path, None)
        assert found is None or read_customers(found, sorted(wanted)) == told
        assert proven is None or list(proven.pieces) == list(whole.customers)


@settings(max_examples=150, deadline=None)
@given(how=WRITERS, suffix=st.sampled_from(["json", "jsonl"]), data=st.data())
def test_of_a_broken_file_the_same_is_told(
    tmp_path_factory: pytest.TempPathFactory, how: Document, suffix: str, data: st.DataObject
) -> None:
    """Some of its bytes are gone, doubled or others; where what is left is an estate, the same is read."""
    path = tmp_path_factory.getbasetemp() / f"broken.{suffix}"
    write(path, estate(tenant("a", CONTOSO, purchase(1)), tenant("b", FABRIKAM), tenant("c", STRANGER)), **how)
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.sampled_from([0, 1, 2, 40, 4000]))
    put = data.draw(
        st.sampled_from([b"", *(bytes([byte]) for byte in b'[]{},:" 0-a\\\n\xff'), content[place:][:length]])
    )
    path.write_bytes(content[:place] + put + content[place + length :])
    assert _end(lambda: _with_payments(read_estate(path))) == _end(lambda: read_whole(path, None))


def _with_payments(read: Estate) -> Estate:
    for held in read.customers.values():
        for order in held.orders.values():
            len(order.instalments)
    return read


@pytest.mark.parametrize("how", [{}, {"indent": 1}, {"separators": (",", ":")}, {"sort_keys": True}])
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
@pytest.mark.usefixtures("narrow")
def test_a_plain_file_is_never_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, how: Document
) -> None:
    """Its customers are larger and smaller than a window, and a window ends everywhere in one."""
    names = [f"{number:08}-0000-0000-0000-000000000000" for number in range(150)]
    customers = [
        {**tenant(f"customer-{n}", name, *(purchase(i, CONTOSO) for i in range((n + 3) % 4))), "padding": "." * n}
        for n, name in enumerate(names)
    ]
    path = write(tmp_path / f"estate.{suffix}", estate(*customers), **how)
    expected = read_whole(path, None).customers
    monkeypatch.setattr("reconciler.estate.index.read_whole", None)
    found = index(path)
    assert found is not None and list(found.pieces) == names
    assert read_customers(found, names) == expected
    assert read_customers(found, [names[77], STRANGER]) == {names[77]: expected[names[77]]}


Change = Callable[[Document], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("customers"),
        lambda document: document.update(customers=[]),
        lambda document: document.update(formatVersion="2.0"),
        lambda document: document.update(takenAt="today"),
        lambda document: document["customers"][0].pop("tenantId"),
        lambda document: document["customers"][1].update(tenantId=CONTOSO),
        lambda document: document["customers"].insert(1, 7),
        lambda document: document["customers"][1].update(tenantId=7),
    ],
)
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_what_is_wrong_is_left_to_who_reads_it_whole(tmp_path: Path, suffix: str, change: Change) -> None:
    document = estate(tenant("contoso", CONTOSO), tenant("fabrikam", FABRIKAM))
    change(document)
    path = write(tmp_path / f"estate.{suffix}", document)
    assert _end(lambda: read_estate(path)) == _end(lambda: read_whole(path, None))


def _end(read: Callable[[], object]) -> object:
    try:
        return read()
    except (ProviderError, UsageError) as error:
        return str(error)


def test_a_customer_that_begins_with_another_key_is_found_all_the_same(tmp_path: Path) -> None:
    """Its beginning is not seen: the piece before it holds both, and is no JSON."""
    other = dict(reversed(tenant("fabrikam", FABRIKAM, purchase(1, FABRIKAM)).items()))
    path = write(tmp_path / "estate.json", estate(tenant("contoso", CONTOSO), other, tenant("x", STRANGER)))
    for wanted in ([CONTOSO], [FABRIKAM], [STRANGER], ["nobody"]):
        assert list(read_estate(path, wanted).customers) == [name for name in wanted if name != "nobody"]


def test_a_list_of_a_customer_s_own_is_not_taken_for_customers(tmp_path: Path) -> None:
    """The middle one of its entries is JSON by itself, those beside it are not."""
    entries = [{"name": f"x{n}", "tenantId": f"{n}0000000-0000-0000-0000-000000000000"} for n in range(3)]
    path = write(tmp_path / "estate.json", estate(tenant("contoso", CONTOSO, list=entries), tenant("x", FABRIKAM)))
    assert list(read_estate(path).customers) == [CONTOSO, FABRIKAM]
    assert list(read_estate(path, [CONTOSO]).customers) == [CONTOSO]


def test_who_is_only_named_within_a_customer_is_not_in_the_file(tmp_path: Path) -> None:
    """As subscriptions name who manages them; the second of three is JSON by itself, and begins as customers do."""
    managed = [{"tenantId": "one"}, {"tenantId": STRANGER}, {"tenantId": "another"}]
    contoso = {"tenantId": CONTOSO, **tenant("contoso", CONTOSO, purchase(1)), "managedByTenants": managed}
    fabrikam = {"tenantId": FABRIKAM, **tenant("fabrikam", FABRIKAM)}
    path = write(tmp_path / "estate.json", estate(contoso, fabrikam))
    assert read_estate(path, {STRANGER}).customers == {}


def test_a_tenant_that_is_told_twice_is_the_last_one_as_in_all_json(tmp_path: Path) -> None:
    path = write(tmp_path / "estate.json", estate({"tenantId": CONTOSO, **tenant("contoso", CONTOSO)}))
    text = path.read_text()
    end = text.rindex("}]")
    path.write_text(f'{text[:end]}, "tenantId": "{STRANGER}"{text[end:]}')
    assert read_estate(path, {STRANGER}).customers.keys() == {STRANGER}


def test_what_the_head_says_after_the_customers_counts(tmp_path: Path) -> None:
    document = estate(tenant("contoso", CONTOSO), tenant("fabrikam", FABRIKAM))
    del document["customers"][0]["complete"]
    del document["complete"]
    path = write(tmp_path / "estate.json", {**document, "complete": False, "more": [[1], 2]})
    assert index(path) is not None
    (held,) = read_estate(path, [CONTOSO]).customers.values()
    assert (held.complete, held.problem) == (False, "the reading was not completed")


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_file_that_was_written_to_since_is_refused(tmp_path: Path, suffix: str) -> None:
    document = estate(tenant("contoso", CONTOSO, purchase(1)), tenant("fabrikam", FABRIKAM))
    path = write(tmp_path / f"estate.{suffix}", document)
    found = index(path)
    assert found is not None
    held = read_customers(found, [CONTOSO])[CONTOSO]
    document["customers"][0]["name"] = "another"
    write(path, document)
    message = f"{path} was written to while it was read; run this again"
    for read in (
        lambda: read_customers(found, [CONTOSO]),
        lambda: held.body["name"],
        lambda: len(next(iter(held.orders.values())).instalments),
    ):
        assert _end(read) == message
    path.unlink()
    assert _end(lambda: read_customers(found, [CONTOSO])) == f"{path}: cannot be read: No such file or directory"


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_pipe_is_read_once(tmp_path: Path, suffix: str) -> None:
    document = estate(tenant("contoso", CONTOSO, purchase(1)), tenant("x", FABRIKAM))
    content = write(tmp_path / f"file.{suffix}", document).read_bytes()
    pipe = tmp_path / f"pipe.{suffix}"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as writer:
        writer.submit(pipe.write_bytes, content)
        assert list(read_estate(pipe).customers) == [CONTOSO, FABRIKAM]


def test_an_index_goes_to_another_process(tmp_path: Path) -> None:
    path = write(tmp_path / "estate.json", estate(tenant("contoso", CONTOSO, purchase(1)), tenant("x", FABRIKAM)))
    found = index(path)
    sent: Index = pickle.loads(pickle.dumps(found))
    assert sent == found
    held = read_customers(sent, [CONTOSO])
    assert pickle.loads(pickle.dumps(held)) == held == read_whole(path, [CONTOSO]).customers


def test_a_payment_that_is_wrong_is_told_when_money_is_asked_for(tmp_path: Path) -> None:
    order, reservation = purchase(1)
    order["properties"]["planInformation"]["transactions"][0]["pricingCurrencyTotal"]["amount"] = -1
    path = write(tmp_path / "estate.json", estate(tenant("contoso", CONTOSO, [order, reservation])), indent=1)
    held = read_estate(path).customers[CONTOSO]
    assert held.complete
    (line,) = [n for n, text in enumerate(path.read_text().splitlines(), 1) if f'"id": "{order["id"]}"' in text]
    told = (
        f"{path}:{line}:6: contoso: {order['id']} is not what Azure's definition says: "
        "amount is -1, and must be from 0 to 1,000,000,000,000"
    )
    (known,) = held.orders.values()
    assert _end(lambda: len(known.instalments)) == told
    assert _end(lambda: read_whole(path, None)) == told
