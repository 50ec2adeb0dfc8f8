"""An estate file as a provider."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reconciler.config import Config
from reconciler.errors import ProviderError, UsageError
from reconciler.estate.digest import customer_digest
from reconciler.estate.files import read_estate
from reconciler.model import current
from reconciler.providers import LiveProvider, open_provider
from tests.providers.samples import CONTOSO, FABRIKAM, customer, estate, purchase, tenant


@pytest.fixture
def opened(tmp_path):
    document = estate(tenant("contoso", CONTOSO, purchase(1)), tenant("other", FABRIKAM, purchase(1, FABRIKAM)))
    (tmp_path / "current.json").write_text(json.dumps(document))
    return open_provider(Config(root=tmp_path, provider="snapshot", snapshot="current.json"))


def test_gives_the_customers_asked_for(opened, tmp_path):
    filed = read_estate(tmp_path / "current.json")
    found = opened.read([customer(tenant_id=CONTOSO.upper())])
    assert found == current.Estate(
        taken_at=filed.taken_at, complete=True, customers={CONTOSO: filed.customers[CONTOSO]}
    )


# The word in its head keeps a file from being indexed.
@pytest.mark.parametrize("head", [{}, {"note": "customers"}], ids=["indexed", "read whole"])
def test_gives_them_one_by_one_as_it_gives_them_together(head, tmp_path):
    document = estate(tenant("contoso", CONTOSO, purchase(1)), tenant("other", FABRIKAM, purchase(1, FABRIKAM)))
    (tmp_path / "current.json").write_text(json.dumps({**head, **document}))
    wanted = [customer("other", FABRIKAM), customer(), customer("stranger", "30000000-0000-0000-0000-000000000001")]
    opened = open_provider(Config(root=tmp_path, provider="snapshot", snapshot="current.json"))
    assert (opened.index is None) == bool(head)
    found = list(opened.read_each(wanted, opened.now()))
    assert found == list(opened.read(wanted).customers.values())
    assert [item.complete for item in found] == [True, True, False]


def test_plans_at_the_instant_of_the_file(opened):
    assert opened.now() == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert not isinstance(opened, LiveProvider)


def test_a_customer_that_the_file_lacks_is_incomplete(opened, tmp_path):
    stranger = "30000000-0000-0000-0000-000000000001"
    found = opened.read([customer(), customer("stranger", stranger)])
    problem = f"estate file {tmp_path / 'current.json'} has no tenant {stranger}"
    assert not found.complete
    assert found.customers[CONTOSO].complete
    assert found.customers[stranger] == current.Customer(
        name="stranger",
        tenant_id=stranger,
        complete=False,
        problem=problem,
        taken_on=date(2026, 11, 20),
        orders={},
        reservations={},
        refunds=None,
        catalog=(),
        body={"name": "stranger", "tenantId": stranger, "problem": problem},
        digest=customer_digest({"tenantId": stranger}),
    )


def test_says_that_no_file_is_named():
    with pytest.raises(UsageError, match="--estate"):
        open_provider(Config(root=Path(), provider="snapshot"))


def test_says_that_there_is_no_such_provider():
    with pytest.raises(UsageError, match="use one of azure, emulator, snapshot"):
        open_provider(Config(root=Path(), provider="aws"))


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_of_the_others_no_body_is_read(tmp_path, suffix):
    """So that the cost of a plan of one customer follows that customer, and not the file."""
    theirs = {**tenant("other", FABRIKAM, purchase(1, FABRIKAM)), "reservations": "no list"}
    document = estate(tenant("contoso", CONTOSO, purchase(1)), theirs)
    path = tmp_path / f"current.{suffix}"
    head = {**document, "customers": []}
    lines = [head, *document["customers"]] if suffix == "jsonl" else [document]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    opened = open_provider(Config(root=tmp_path, provider="snapshot", snapshot=path.name))
    found = opened.read([customer(tenant_id=CONTOSO)])
    assert (found.complete, list(found.customers)) == (True, [CONTOSO])
    with pytest.raises(ProviderError, match=r"current\.jsonl?: other: n is not what"):
        opened.read([customer(tenant_id=CONTOSO), customer("other", FABRIKAM)])


def test_a_file_that_lacks_something_is_read_whole_to_see_of_whom(tmp_path):
    document = {**estate(tenant("contoso", CONTOSO, purchase(1)), tenant("other", FABRIKAM)), "complete": False}
    for own in (document["customers"][0], document["customers"][1]):
        own["complete"] = True
    (tmp_path / "current.json").write_text(json.dumps(document))
    opened = open_provider(Config(root=tmp_path, provider="snapshot", snapshot="current.json"))
    (found,) = opened.read([customer(tenant_id=CONTOSO)]).customers.values()
    assert (found.complete, found.problem) == (
        False,
        "the estate file says that it is not complete, and not for which customer",
    )
    document["customers"][1]["complete"] = False
    (tmp_path / "current.json").write_text(json.dumps(document))
    opened = open_provider(Config(root=tmp_path, provider="snapshot", snapshot="current.json"))
    (found,) = opened.read([customer(tenant_id=CONTOSO)]).customers.values()
    assert found.complete


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", " is empty"),
        (b"[]", "is no estate file: it lacks a list of customers"),
        (b'{"formatVersion": "1.0"}', "is no estate file: it lacks a list of customers"),
        (b'{"formatVersion": "1.0", "customers": {}}', "is no estate file: it lacks a list of customers"),
        (b'{"formatVersion": "1.0", "customers": [}', ":1:40: not valid JSON: a value is expected here"),
        (b'{"customers": []}', "formatVersion missing; this program reads 1.x"),
        (b'{"formatVersion": "1.0", "customers": []}', "takenAt must say when"),
        (
            b'{"formatVersion": "1.0", "takenAt": "2026-11-20T09:00:00Z", "customers": [1]}',
            "customer 1: a number stands where a mapping",
        ),
        (
            b'{"formatVersion": "1.0", "takenAt": "2026-11-20T09:00:00Z", "customers": [{}]}',
            "customer 1: it lacks tenantId",
        ),
        (b'{"formatVersion": "1.0", "takenAt": "2026-11-20T09:00:00Z", "customers": [{"tenantId": "\xff"}]}', "is not"),
    ],
)
def test_what_is_no_estate_file_is_refused_in_one_line(tmp_path, content, message):
    (tmp_path / "current.json").write_bytes(content)
    with pytest.raises(ProviderError, match=r"current\.json(: .*)?" + message):
        read_estate(tmp_path / "current.json", {CONTOSO})
