"""A customer under a new name: everything is there, nothing is there twice, and the chain says why."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from books_samples import credit, journal, pay, refund
from ledger_samples import AT, LATER, cancel, entry
from sqlalchemy import text

from reconciler.cli.main import run as reconciler
from reconciler.errors import LedgerError, LockHeld
from reconciler.ledger import EffectState, audit, this_run
from reconciler.ledger.renaming import Renamed

OTHER_TENANT = "99999999-2222-3333-4444-555555555555"


@pytest.fixture
def month(ledger, run):
    """A month of contoso's with one of everything: refunded, paid, settled, refused, sent, acknowledged, protected."""
    first = refund(ledger, 1, "880.00 EUR", "0.9")
    pay(ledger, first, "879.50 EUR", "G1-1")
    credit(ledger, "500.00 EUR", "CN-1")
    refused = ledger.intend(cancel(2, fulfils=False))
    ledger.settle(refused.id, EffectState.REFUSED, LATER, {}, None)
    sent, told = ledger.intend(cancel(3)), ledger.intend(cancel(4))
    ledger.mark_sent(sent.id, LATER)
    ledger.mark_sent(told.id, LATER)
    ledger.acknowledge(told.id, {"session": "s-1"})
    ledger.protect(cancel(5, kind="protection", refund=None, cap_refund=None, cap_commitment=None), LATER, True)
    ledger.finish(run, LATER)
    return first, sent, told


def test_moves_everything_and_leaves_figures_ids_and_days(ledger, month):
    first, *_ = month
    before, chain = ledger.books.export()
    protections = ledger.protections("contoso")
    # The refund, the refused one, the two that are under way and the protection; its one entry under the cap.
    assert ledger.rename("contoso", "contoso-nl", LATER) == Renamed(effects=5, cap_entries=1, bookings=3, protections=1)
    assert (ledger.returns("contoso"), ledger.refunds("contoso"), ledger.protections("contoso")) == ((), (), {})
    assert ledger.protections("contoso-nl") == protections
    assert [item.reservation_id for item in ledger.refunds("contoso-nl")] == [first.reservation_id]
    assert [(item.id, item.customer, item.address) for item in ledger.returns("contoso-nl")] == sorted(
        (item.id, "contoso-nl", item.address.replace("contoso", "contoso-nl")) for item in month
    )
    assert ledger.recall("contoso-nl", None).spent >= {("contoso-nl/sql-1", "sha256:aa")}
    assert ledger.names_of(first.tenant_id) == ("contoso-nl",)
    after, longer = ledger.books.export()
    assert after == tuple(
        replace(
            item,
            customer="contoso-nl",
            memo={**item.memo, **({"address": "contoso-nl/sql-1"} if "address" in item.memo else {})},
        )
        for item in before
    )
    assert longer[: len(chain)] == chain
    assert {name: json.loads(longer[len(chain)].content)[name] for name in ("kind", "from", "to")} == {
        **{"kind": "rename", "from": "contoso", "to": "contoso-nl"}
    }
    assert ledger.books.verify(chain[-1].hash).flaw is None


def test_goes_on_under_the_new_name(ledger, month):
    """792.00 were owed and 500.00 settled; 806.67 more come in by what was under way."""
    first, sent, told = month
    ledger.rename("contoso", "contoso-nl", LATER)
    for effect in (sent, told):
        ledger.settle(effect.id, EffectState.CONFIRMED, LATER, {}, entry(replace(effect, customer="contoso-nl")))
    assert str(pay(ledger, None, "806.67 EUR", "G2-1", customer="contoso-nl", address="contoso-nl/sql-3").on)
    with pytest.raises(LedgerError, match=r"is in the books already: 879\.50 EUR for contoso-nl"):
        pay(ledger, first, "879.50 EUR", "G1-1", customer="contoso-nl")
    (standing,) = ledger.books.standings().balances
    assert (standing.customer, str(standing.outstanding)) == ("contoso-nl", "1,905.34 EUR")  # 292.00 + 2 x 806.67
    assert ledger.books.verify().flaw is None
    ledger.rename("contoso-nl", "contoso", LATER)
    assert (ledger.books.standings().balances[0].customer, ledger.books.verify().flaw) == ("contoso", None)
    assert ledger.names_of(first.tenant_id) == ("contoso",)


@pytest.mark.usefixtures("month")
def test_joins_what_the_new_name_has_of_the_same_tenant(ledger):
    ledger.lock(["fabrikam"], this_run("run-2", AT))
    mine = {"customer": "fabrikam", "run_id": "run-2", "refund": None, "cap_refund": None, "cap_commitment": None}
    later = LATER.replace(minute=30)
    ledger.protect(cancel(5, kind="protection", plan_id="plan-2", intended_at=later, **mine), later, False)
    ledger.unlock(this_run("run-2", AT))
    assert ledger.rename("contoso", "fabrikam", later).protections == 0
    # The later word on reservation 5 is that it is not protected.
    assert list(ledger.protections("fabrikam").values()) == [False]
    assert len(ledger.returns("fabrikam")) == 3
    assert ledger.books.verify().flaw is None


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("contosso", "contoso-nl", "the ledger knows no customer contosso; nothing was written. Did you mean contoso?"),
        ("contoso", "contoso", "contoso cannot be renamed to 'contoso': it must be another name"),
        ("contoso", "Contoso", "contoso cannot be renamed to 'Contoso': it must be another name"),
        ("contoso", "ｃontoso", "contoso cannot be renamed to 'ｃontoso': it must be another name"),
        ("contoso", "fabrikam", f"the ledger has another tenant as fabrikam: {OTHER_TENANT}, and contoso is 1111"),
        ("twice", "once", "the ledger has several tenants as twice: 11111111-2222-3333-4444-555555555555, 9999"),
    ],
)
@pytest.mark.usefixtures("month")
def test_refuses_what_would_mix_two_customers(ledger, old, new, text):
    ledger.lock(["fabrikam", "twice"], this_run("run-2", AT))
    for number, customer, tenant in ((6, "fabrikam", OTHER_TENANT), (7, "twice", OTHER_TENANT), (8, "twice", None)):
        changes = {"tenant_id": tenant} if tenant else {}
        ledger.intend(cancel(number, customer=customer, run_id="run-2", **changes))
    ledger.unlock(this_run("run-2", AT))
    before = ledger.books.export()
    with pytest.raises(LedgerError) as caught:
        ledger.rename(old, new, LATER)
    assert (text in str(caught.value), "\n" in str(caught.value)) == (True, False)
    assert ledger.books.export() == before
    assert len(ledger.returns("contoso")) == 3


@pytest.mark.parametrize("held", ["contoso", "contoso-nl"])
@pytest.mark.usefixtures("month")
def test_refuses_while_a_run_holds_either_name(ledger, held):
    ledger.lock([held], this_run("run-2", AT))
    with pytest.raises(LockHeld, match=f"^{held} is locked by "):
        ledger.rename("contoso", "contoso-nl", LATER)
    assert len(ledger.returns("contoso")) == 3


@pytest.mark.usefixtures("month")
def test_a_run_that_is_dead_holds_no_name(ledger):
    """No process has so high a number."""
    ledger.lock(["contoso"], replace(this_run("run-2", AT), pid=2**22 + 1, process_mark=None))
    ledger.rename("contoso", "contoso-nl", LATER)
    assert ledger.locks() == ()


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        (
            "UPDATE bookings SET customer = 'contoso' WHERE booking_id = 1",
            "booking 1 has 'contoso' as bookings.customer",
        ),
        ("UPDATE cap_entries SET customer = 'contoso'", "as cap_entries.customer; audit row"),
        ("UPDATE effects SET address = 'contoso/sql-1'", "as effects.address; audit row"),
    ],
)
@pytest.mark.usefixtures("month")
def test_finds_a_name_that_was_changed_by_hand(ledger, place, change, flaw):
    ledger.rename("contoso", "contoso-nl", LATER)
    place.sql(change)
    assert flaw in ledger.books.verify().flaw


@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.usefixtures("month")
def test_finds_a_figure_that_was_written_down_anew(ledger, renamed):
    """Whoever knows how the chain is made may lengthen it; a booking is written once, whatever its customer's name."""
    if renamed:
        ledger.rename("contoso", "contoso-nl", LATER)
    with ledger._store.write() as connection:
        if renamed:
            audit.append_rename(connection, "contoso-nl", "contoso", "now")
        connection.execute(text("UPDATE postings SET amount = amount * 2 WHERE booking_id = 3"))
        audit.append(connection, "booking", 3)
    assert ledger.books.verify().flaw.endswith("says booking 3 anew, and no rename explains it")


def test_fails_whole(ledger, month, place, kind):
    """The last thing to be written, a row of the audit, cannot be."""
    before = journal(ledger)
    statements = {
        "sqlite": [
            "CREATE TRIGGER full BEFORE INSERT ON audit WHEN NEW.content LIKE '%\"booking\"%' "
            "BEGIN SELECT RAISE(ABORT, 'no room'); END"
        ],
        "postgresql": [
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no room'; END$$",
            "CREATE TRIGGER no_more BEFORE INSERT ON audit FOR EACH ROW "
            "WHEN (NEW.content LIKE '%\"booking\"%') EXECUTE FUNCTION refuse()",
        ],
    }
    for statement in statements[kind]:
        place.sql(statement)
    with pytest.raises(LedgerError, match="no room"):
        ledger.rename("contoso", "contoso-nl", LATER)
    assert (journal(ledger), ledger.books.verify().flaw) == (before, None)
    assert ledger.names_of(month[0].tenant_id) == ("contoso",)


@pytest.mark.usefixtures("month")
def test_is_a_command(ledger, place, tmp_path, capsys):
    file = tmp_path / "reconciler.yaml"
    file.write_text(f'apiVersion: reconciler/v1\nkind: Config\nledger: "{place.url}"\n')
    assert reconciler(["ledger", "rename", "contoso", "contoso-nl", "--config", str(file)]) == 0
    assert capsys.readouterr().out == (
        "contoso is contoso-nl from now on: effects 5, cap entries 1, bookings 3, protections 1. "
        "Plans that were made before cannot be applied; plan again\n"
    )
    assert reconciler(["ledger", "rename", "contoso", "contoso-nl", "--config", str(file)]) == 1
    assert capsys.readouterr().err.startswith("error: the ledger knows no customer contoso; ")
    ledger.lock(["contoso-nl"], this_run("run-2", AT))
    assert reconciler(["ledger", "rename", "contoso-nl", "contoso", "--config", str(file)]) == 6
    assert capsys.readouterr().err.count("\n") == 1
