"""Which entries follow what Azure did, and which are told and left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired import load
from reconciler.estate.files import read_estate
from reconciler.importing.adoption import Adoption, Exchanged, adopt
from reconciler.model.inputs import Memory
from reconciler.pipeline import importing
from tests.bodies import guid
from tests.importing.test_import import Done, files, perform, summary
from tests.planner.holdings import gone, held_id, successor, upfront
from tests.planner.world import CANCELLED, SUBSCRIPTION, World, entry

INTO = (
    "{name: new, reservedResourceType: VirtualMachines, sku: Standard_D4s_v5, location: westeurope, term: P1Y, "
    "billingPlan: Upfront, quantity: 1, billingSubscription: prod, scope: {type: Single, subscription: prod}}"
)
EXCHANGED = ("state: exchanged", f"exchange: {{reason: r, into: [{INTO}]}}")
DONE = Exchanged(returned=(held_id(1),), bought={"new": held_id(5)})


def adopted(world: World, *exchanges: Exchanged, memory: Memory | None = None) -> Adoption:
    """Return what one customer's file should say, its ledger holding *exchanges*."""
    (customer,) = load([world.folder / "desired"], world.folder).customers
    (held,) = read_estate(world.estate()).customers.values()
    return adopt(customer, held, memory or Memory(), exchanges, prune=True)


def test_a_renewal_changes_the_order_as_well(world: World) -> None:
    world.customer(
        "    # bought in spring\n" + entry("vm", 1, "renew: true # keep"),
        holds=[gone(upfront(1), 2, by="renew"), upfront(2, bought="2026-11-01", expires="2027-11-01", renew=True)],
    )
    before = files(world)["contoso.yaml"].decode()
    path = Path("desired") / "contoso.yaml"
    assert perform(world, "import", "--update").out == (
        f"{path}: contoso/vm: reservation {held_id(1)} is {held_id(2)} now, order {guid(1)} is {guid(2)} now\n"
    )
    after = before.replace(f": {guid(1)}\n", f": {guid(2)}\n").replace(held_id(1), held_id(2))
    assert files(world)["contoso.yaml"].decode() == after
    assert summary(world) == {"unchanged": 1}


def test_a_split_into_two_is_told_and_left_alone(world: World) -> None:
    parts = [successor(upfront(1), number, 1) for number in (2, 3)]
    world.customer(entry("vm", 1), holds=[gone(upfront(1), 2, 3), *parts])
    before = files(world)
    text = (
        f"contoso/vm: reservation {held_id(1)} was split into {held_id(2)} and {held_id(3)}; name the one that is meant"
    )
    assert perform(world, "import", "--update") == Done(0, "", f"no file changed\n{text}\n")
    assert files(world) == before


def test_two_entries_that_were_merged_are_told_and_left_alone(world: World) -> None:
    sources = [gone(successor(upfront(1), number, 1), 3, by="merge") for number in (1, 2)]
    world.customer(
        entry("a", 1), entry("b", 2, order=1), holds=[*sources, successor(upfront(1), 3, 2, displayName="merged")]
    )
    before = files(world)
    done = perform(world, "import", "--update")
    assert (done.code, done.out) == (0, "")
    for name, number in (("a", 1), ("b", 2)):
        told = f"contoso/{name}: reservation {held_id(number)} is {held_id(3)} now, which another entry names too"
        assert told in done.err
    assert files(world) == before


@pytest.mark.parametrize(
    ("wish", "follows"),
    [(("renew: true",), True), (CANCELLED, False), (("quantity: 1", "cancel: {reason: r}"), False), (EXCHANGED, False)],
    ids=["nothing", "all", "a part", "an exchange"],
)
def test_a_wish_to_give_back_is_not_carried_over_to_units_that_a_merge_brought_in(
    world: World, wish: tuple[str, ...], follows: bool
) -> None:
    sources = [gone(successor(upfront(1), number, 1), 3, by="merge") for number in (1, 2)]
    world.customer(entry("a", 1, *wish), holds=[*sources, successor(upfront(1), 3, 9)])
    adoption = adopted(world)
    assert (list(adoption.replaced), [address for address, _ in adoption.told]) == (
        ([0], []) if follows else ([], ["contoso/a"])
    )


@pytest.mark.parametrize("wish", [CANCELLED, EXCHANGED], ids=["cancelled", "exchanged"])
@pytest.mark.parametrize("alone", [True, False], ids=["its own order", "an order that another entry lists access for"])
def test_an_entry_whose_access_list_holds_for_others_stays(world: World, wish: tuple[str, ...], alone: bool) -> None:
    access = f"access: [{{principalId: {guid(9)}, principalType: Group, role: Reader}}]"
    world.customer(
        entry("a", 1, *wish, access),
        entry("b", 2, "access: []" if not alone else "renew: false", order=1),
        holds=[gone(upfront(1)), successor(upfront(1), 2, 1), upfront(5)],
    )
    adoption = adopted(world, DONE)
    assert (*adoption.exchanged, *adoption.ended) == ((0,) if alone else ())
    assert [address for address, _ in adoption.told] == ([] if alone else ["contoso/a"])


def test_what_was_bought_takes_the_place_of_what_was_exchanged(world: World) -> None:
    world.customer(entry("old", 1, *EXCHANGED), holds=[gone(upfront(1)), upfront(5)])
    adoption = adopted(world, DONE)
    assert (adoption.exchanged, adoption.told, list(adoption.bought)) == ((0,), (), [0])
    (bought,) = adoption.bought[0]
    assert (bought.purchase.name, bought.held.id) == ("new", held_id(5))
    assert bought.purchase.scope.subscription == SUBSCRIPTION


def test_what_was_bought_is_followed_to_what_it_is_now(world: World) -> None:
    world.customer(
        entry("old", 1, *EXCHANGED), holds=[gone(upfront(1)), gone(upfront(5), 6), successor(upfront(5), 6, 1)]
    )
    ((bought,),) = adopted(world, DONE).bought.values()
    assert bought.held.id == held_id(6)


def test_what_an_entry_names_already_is_not_named_twice(world: World) -> None:
    world.customer(entry("old", 1, *EXCHANGED), entry("mine", 5), holds=[gone(upfront(1)), upfront(5)])
    adoption = adopted(world, DONE)
    assert (adoption.exchanged, adoption.bought) == ((0,), {})


def test_an_exchange_is_left_alone_where_its_result_cannot_be_told(world: World) -> None:
    parts = [successor(upfront(5), number, 1) for number in (6, 7)]
    world.customer(entry("old", 1, *EXCHANGED), holds=[gone(upfront(1)), gone(upfront(5), 6, 7), *parts])
    adoption = adopted(world, DONE)
    assert (adoption.exchanged, adoption.bought) == ((), {})
    assert [address for address, _ in adoption.told] == ["contoso/new"]


def test_an_exchange_is_left_alone_where_its_name_is_taken(world: World) -> None:
    world.customer(entry("old", 1, *EXCHANGED), entry("new", 2), holds=[gone(upfront(1)), upfront(2), upfront(5)])
    adoption = adopted(world, DONE)
    assert (adoption.exchanged, adoption.bought) == ((), {})
    assert adoption.told == (("contoso/old", "what it was exchanged for cannot be named new: another entry is"),)


@pytest.mark.parametrize(
    "other",
    [
        Exchanged(returned=(held_id(2),), bought={"new": held_id(5)}),
        Exchanged(returned=(held_id(1),), bought={"another": held_id(5)}),
    ],
    ids=["of another reservation", "of another block"],
)
def test_an_exchange_of_something_else_is_not_taken_for_this_one(world: World, other: Exchanged) -> None:
    world.customer(entry("old", 1, *EXCHANGED), holds=[gone(upfront(1)), upfront(5)])
    adoption = adopted(world, other)
    assert (adoption.exchanged, adoption.bought) == ((), {})
    assert [address for address, _ in adoption.told] == ["contoso/old"]


def test_what_is_not_settled_stays(world: World) -> None:
    world.customer(entry("old", 1, *CANCELLED), holds=[gone(upfront(1))])
    assert adopted(world).ended == (0,)
    assert adopted(world, memory=Memory(open={held_id(1): "cancel"})).ended == ()


def test_a_cancellation_that_is_not_done_stays(world: World) -> None:
    world.customer(entry("a", 1, *CANCELLED), entry("b", 2, *CANCELLED), holds=[upfront(1)])
    assert adopted(world).ended == ()


def test_a_file_that_somebody_changes_meanwhile_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.customer(entry("vm", 1), holds=[gone(upfront(1), 2), successor(upfront(1), 2, 1)])
    path = world.folder / "desired" / "contoso.yaml"
    check = importing.desired_files.load

    def meanwhile(*arguments: object, **named: object) -> object:
        # The last look before a byte is written; somebody else's editor saves right after it.
        state = check(*arguments, **named)  # type: ignore[arg-type]
        if len(arguments) > 2:
            path.write_text(path.read_text() + "# mine\n")
        return state

    monkeypatch.setattr(importing.desired_files, "load", meanwhile)
    done = perform(world, "import", "--update")
    assert (done.code, done.out) == (1, "")
    assert "desired/contoso.yaml was changed by somebody else meanwhile; run import again" in done.err
    assert path.read_text().endswith("# mine\n")
    assert held_id(2) not in path.read_text()
