"""What `import --update` writes after Azure replaced ids and an exchange bought something, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.apply.test_apply import CANCEL, CATALOG, PURCHASE
from tests.apply.world import World, upfront
from tests.bodies import guid

Start = Callable[..., World]
QUIET = "no file changed: the files say what Azure has\n"


def file_of(at: World) -> Path:
    return at.folder / "desired" / "contoso.yaml"


def held(at: World) -> dict[str, str]:
    """Return the emulator's active reservations: display name by id."""
    (customer,) = at.emulator.get("estate")["customers"]
    return {
        item["id"].rpartition("/")[2].lower(): item["properties"]["displayName"]
        for item in customer["reservations"]
        if item["properties"]["provisioningState"] == "Succeeded"
    }


def carry_out(at: World) -> None:
    assert at.plan().code == 0
    assert at.apply().code == 0


def counts(at: World) -> dict[str, int]:
    planned = at.plan()
    assert planned.code == 0, planned.err
    assert [item["code"] for item in planned.json["findings"]] == []
    return {key: value for key, value in planned.json["summary"].items() if value and key != "totals"}


def test_a_partial_return_gives_its_entry_the_new_id_and_nothing_else(start: Start) -> None:
    at = start(upfront(held=4), upfront())
    at.desire("# four were too many\nquantity: 1   # one node\ncancel: {reason: Three fewer}", "renew: false")
    path = file_of(at)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n").replace(b"r1\r", b'"r1" # \xc3\xa9\r'))
    carry_out(at)
    before = path.read_bytes()
    (new,) = held(at).keys() - {guid(0x1002)}
    done = at.run("import", "--update")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"desired/contoso.yaml: contoso/r1: reservation {guid(0x1001)} is {new} now\n"
    assert path.read_bytes() == before.replace(guid(0x1001).encode(), new.encode())
    assert counts(at) == {"unchanged": 2}
    assert at.run("import", "--update") == (0, "", QUIET)
    assert at.run("import") == (0, "", QUIET)


def test_an_exchange_gives_way_to_what_it_bought_under_the_name_that_it_has(start: Start) -> None:
    at = start(upfront(), upfront(), catalog=CATALOG)
    at.desire(f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}", "# mine", head="frozen: false")
    carry_out(at)
    path = file_of(at)
    before = path.read_text()
    (new,) = held(at).keys() - {guid(0x1002)}
    left = at.run("import")
    assert (left.code, left.out) == (0, "")
    assert f"contoso/new: an exchange bought it, reservation {new}; run import --update" in left.err
    done = at.run("import", "--update")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "desired/contoso.yaml: contoso/r1 removed: it was exchanged",
        f"desired/contoso.yaml: contoso/new added: reservation {new}, bought by exchange",
    ]
    (order,) = {
        item["id"].split("/")[4].lower()
        for item in at.emulator.get("estate")["customers"][0]["reservations"]
        if item["id"].lower().endswith(new)
    }
    head, _, rest = before.partition("    - name: r1\n")
    others = rest[rest.index("    - name: r2\n") :]
    assert path.read_text() == (
        f"{head}    # VirtualMachines Standard_D4s_v5 in westeurope, 1 unit, P1Y until 2027-11-20\n"
        f"    - name: new\n      orderId: {order}\n      reservationId: {new}\n"
        f"      scope: {{type: Shared}}\n      renew: false\n{others}"
    )
    assert counts(at) == {"unchanged": 2}
    assert at.run("import", "--update") == (0, "", QUIET)
    assert at.run("import") == (0, "", QUIET)


def test_a_group_goes_when_all_its_members_did(start: Start) -> None:
    at = start(upfront(), upfront(), upfront(), catalog=CATALOG)
    member = "state: exchanged\nexchange: {group: g}"
    bought = PURCHASE.replace("quantity: 1", "quantity: 2").replace("name: new", "name: both")
    at.desire(
        member, "renew: false  # stays", member, head=f"exchanges:\n  g: {{reason: Newer, into: [{bought}]}} # spring"
    )
    carry_out(at)
    done = at.run("import", "--update")
    assert (done.code, done.err) == (0, "")
    text = file_of(at).read_text()
    assert "exchanges" not in text
    assert [line.split()[-1] for line in text.splitlines() if "- name:" in line] == ["both", "r2"]
    assert "renew: false  # stays" in text
    assert counts(at) == {"unchanged": 2}


def test_part_of_a_reservation_exchanged_keeps_its_entry_and_adds_one(start: Start) -> None:
    at = start(upfront(held=2), catalog=CATALOG)
    at.desire(f"quantity: 1\nexchange:\n  reason: Newer\n  into:\n    # soon\n    - {PURCHASE}")
    carry_out(at)
    before = file_of(at).read_text()
    done = at.run("import", "--update")
    assert (done.code, done.err) == (0, "")
    after = file_of(at).read_text()
    (rest,) = (guid for guid, name in held(at).items() if name == "reservation-1")
    assert after.startswith(before.replace(guid(0x1001), rest))
    assert "    - name: new\n" in after
    assert counts(at) == {"unchanged": 2}
    assert at.run("import", "--update") == (0, "", QUIET)


def test_what_was_cancelled_goes_only_when_that_is_asked_for(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, "renew: false")
    carry_out(at)
    before = file_of(at).read_text()
    assert at.run("import", "--update") == (0, "", QUIET)
    done = at.run("import", "--update", "--prune")
    assert done.out == "desired/contoso.yaml: contoso/r1 removed: it is cancelled as wanted\n"
    entry = before[before.index("    - name: r1") : before.index("    - name: r2")]
    assert file_of(at).read_text() == before.replace(entry, "")
    assert counts(at) == {"unchanged": 1}


def test_a_reservation_that_the_ledger_protects_is_imported_protected(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire("protected: true", "renew: false")
    carry_out(at)
    text = file_of(at).read_text()
    file_of(at).write_text(text[: text.index("    - name: r1")] + text[text.index("    - name: r2") :])
    assert at.run("import").code == 0
    assert "protected: true" in file_of(at).read_text()
    assert counts(at) == {"unchanged": 2}


def test_without_the_ledger_an_exchange_is_told_and_left_alone(start: Start) -> None:
    at = start(upfront(), catalog=CATALOG)
    at.desire(f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}")
    carry_out(at)
    before = file_of(at).read_bytes()
    (at.folder / ".reconciler" / "ledger.db").unlink()
    done = at.run("import", "--update")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("no file changed\ncontoso/r1: it is ended, and no ledger at hand tells")
    assert file_of(at).read_bytes() == before


@pytest.mark.parametrize("command", [("import",), ("import", "--update")])
def test_nothing_is_asked_of_azure_that_would_change_it(start: Start, command: tuple[str, ...]) -> None:
    at = start(upfront(), upfront())
    at.desire("renew: false")
    assert at.run(*command).code == 0
    assert at.writes() == []
