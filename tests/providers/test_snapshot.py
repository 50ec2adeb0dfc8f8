"""An estate file as a provider."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reconciler.config import Config
from reconciler.errors import UsageError
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
    )


def test_says_that_no_file_is_named():
    with pytest.raises(UsageError, match="--estate"):
        open_provider(Config(root=Path(), provider="snapshot"))


def test_says_that_there_is_no_such_provider():
    with pytest.raises(UsageError, match="use one of azure, emulator, snapshot"):
        open_provider(Config(root=Path(), provider="aws"))
