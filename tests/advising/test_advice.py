"""Advice as an accountant checks it.

An upfront year for 3,650.00 is worth 10.00 a day; on 2026-11-22 40 days are left: a credit
of 400.00, from which the rules of 2020 take a fee of 48.00.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.cli.main import run
from tests.bodies import Body
from tests.emulation import running_emulator
from tests.planner.exchanging import price
from tests.planner.holdings import Held, held_id, monthly, refund, upfront
from tests.planner.world import AT, SUBSCRIPTION, World, entry

SINGLE = {"appliedScopeType": "Single", "appliedScopeProperties": {"subscriptionId": f"/subscriptions/{SUBSCRIPTION}"}}


def used(percent: float | None, days: int = 30) -> Body:
    return {} if percent is None else {"utilization": {"aggregates": [{"grain": days, "value": percent}]}}


def advised(world: World, *arguments: str, at: str = AT) -> dict[str, Any]:
    code = run(["advise", "--estate", str(world.estate()), "--at", at, "--format", "json", *arguments])
    streams = world.capsys.readouterr()
    assert code == 0, streams.err
    found: dict[str, Any] = json.loads(streams.out)
    return found


def one(world: World, *arguments: str, at: str = AT) -> dict[str, Any]:
    (found,) = advised(world, *arguments, at=at)["reservations"]
    return found  # type: ignore[no-any-return]


def money(route: Body) -> tuple[bool, str | None, str | None]:
    """Return whether a route is allowed, and its money now and over the term."""
    return route["allowed"], *(route[key] and route[key]["amount"] for key in ("cashNow", "overTerm"))


def routes(found: Body) -> dict[str, tuple[bool, str | None, str | None]]:
    return {route["route"]: money(route) for route in found["routes"]}


class Case(NamedTuple):
    """What is held, and what is to be said of it."""

    held: Held
    lines: tuple[str, ...]
    recommended: str | None
    words: str


CASES = {
    "used in full": Case(upfront(1, **used(100)), (), "keep", "100 % of it was used over the last 30 days"),
    "idle and shared": Case(upfront(1, **used(0)), (), "cancel", "cancelling it saves 352.00 USD over the term"),
    "idle in one subscription": Case(
        upfront(1, **SINGLE, **used(0)),
        (),
        "rescope",
        "sharing it is free, can be undone, and may use the idle 400.00 USD; cancelling it saves 352.00 USD",
    ),
    # 60 % of 4 units is 2.4: two whole ones are idle, 200.00 less 24.00.
    "two of four idle": Case(
        upfront(1, quantity=4, **used(40)), (), "cancelInPart", "cancelling 2 units saves 176.00 USD over the term"
    ),
    # 912.87 x 40 / 365 = 100.04 are left, 10.00 of it idle: one unit of ten, 10.00 less 1.20, whatever the cents.
    "one of ten idle": Case(
        upfront(1, "912.87 USD", quantity=10, **used(90)),
        (),
        "cancelInPart",
        "cancelling 1 unit saves 8.80 USD over the term",
    ),
    # No whole unit of four is idle: what the used part costs otherwise is not known here.
    "a little idle": Case(
        upfront(1, quantity=4, **used(90)),
        (),
        "keep",
        "it pays to cancel only if what is used costs less than 352.00 USD pay-as-you-go",
    ),
    "nobody knows": Case(upfront(1), (), None, "Azure does not tell its utilization"),
    "the longest time counts": Case(
        upfront(1, utilization={"aggregates": [{"grain": 1, "value": 0}, {"grain": 7, "value": 100}]}),
        (),
        "keep",
        "100 % of it was used over the last 7 days",
    ),
    "protected": Case(upfront(1, **used(0)), ("protected: true",), "keep", "cannot be cancelled now (protected)"),
    # That nobody knows whether it was used makes its credit smaller, and does not forbid to cancel it.
    "protected and new": Case(
        upfront(1, used=None, bought="2026-11-20", expires="2027-11-20", **used(0)),
        ("protected: true",),
        "keep",
        "cannot be cancelled now (protected)",
    ),
    # 13 instalments to come and 9 of November's 30 days: 30.00 less 3.60.
    "monthly": Case(
        monthly(1, paid=23).with_(**used(0)), (), "cancel", "cancelling it saves 1,326.40 USD over the term"
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_money_speaks_for(world: World, name: str) -> None:
    case = CASES[name]
    world.customer(entry("it", 1, *case.lines), holds=[case.held])
    found = one(world)
    assert found["recommended"] == case.recommended
    assert case.words in found["because"]


def test_the_money_of_every_route(world: World) -> None:
    """4 units: 400.00 are left, 160.00 of it used. Two D2 and a D4 are the cheapest that commit to 400.00."""
    catalog = [price("90.00 USD", "D2"), price("250.00 USD", "D4")]
    world.customer(entry("it", 1), holds=[upfront(1, quantity=4, **SINGLE, **used(40))], catalog=catalog)
    found = one(world)
    now = found["standing"]
    assert [now[key]["amount"] for key in ("commitment", "idle", "toPay")] == ["400.00", "240.00", "0.00"]
    assert routes(found) == {
        "keep": (True, "0.00", "0.00"),
        "rescope": (True, "0.00", "0.00"),
        "cancel": (True, "-352.00", "-352.00"),
        "cancelInPart": (True, "-176.00", "-176.00"),
        "exchange": (True, "30.00", "30.00"),
    }
    basket = found["routes"][-1]["basket"]
    assert [(item["sku"], item["quantity"], item["price"]["amount"]) for item in basket["offers"]] == [
        ("D4", 1, "250.00"),
        ("D2", 2, "180.00"),
    ]
    assert (basket["floor"]["amount"], basket["price"]["amount"], basket["optimal"]) == ("400.00", "430.00", True)
    uses = {route["route"]: route["capUse"] and route["capUse"]["refund"]["amount"] for route in found["routes"]}
    assert uses == {"keep": None, "rescope": None, "cancel": "352.00", "cancelInPart": "176.00", "exchange": "0.00"}


def test_the_money_of_instalments(world: World) -> None:
    """1,300.00 to come; 30.00 of November is left. Cancelled, 26.40 comes back and nothing more is paid."""
    world.customer(entry("it", 1), holds=[monthly(1, paid=23)])
    found = one(world)
    assert [found["standing"][key]["amount"] for key in ("commitment", "toPay")] == ["1330.00", "1300.00"]
    assert found["standing"]["idle"] is None
    kept = routes(found)
    assert (kept["keep"], kept["cancel"]) == ((True, "0.00", "1300.00"), (True, "-26.40", "-26.40"))


def test_what_the_cap_holds_is_what_can_be_cancelled_in_part(world: World) -> None:
    """100.00 of 50,000.00 are left: of four units at 88.00 one fits."""
    past = refund("2026-06-01", "49900.00 USD")
    world.customer(entry("it", 1), holds=[upfront(1, quantity=4, **used(0))], refunds=[past])
    found = one(world)
    assert routes(found)["cancel"] == (False, "-352.00", "-352.00")
    part = found["routes"][3]
    assert (part["quantity"], money(part)) == (1, (True, "-88.00", "-88.00"))
    assert found["recommended"] == "cancelInPart"
    (why, *_) = found["routes"][2]["because"]
    assert why["code"] == "cap.exceeded" and "252.00 USD is missing" in why["text"]


def test_an_exchange_is_pointed_at_and_not_recommended(world: World) -> None:
    """The cap is used up; to keep 400.00 of value somebody would have to commit to 2,106.00."""
    past = refund("2026-06-01", "50000.00 USD")
    catalog = [price("2106.00 USD", "D4")]
    world.customer(entry("it", 1), holds=[upfront(1, **used(0))], refunds=[past], catalog=catalog)
    found = one(world)
    assert found["recommended"] == "keep"
    assert found["because"].endswith(
        "400.00 USD of it is idle, and it cannot be cancelled now (cap.exceeded); "
        "an exchange keeps its value for what is used"
    )


def test_no_more_than_what_is_idle_is_cancelled_in_part(world: World) -> None:
    """Two of four units are idle, and of 352.00 the cap holds 300.00: three units, of which one is used."""
    past = refund("2026-06-01", "49700.00 USD")
    world.customer(entry("it", 1), holds=[upfront(1, quantity=4, **used(50))], refunds=[past])
    found = one(world)
    part = found["routes"][3]
    assert (part["quantity"], money(part)) == (2, (True, "-176.00", "-176.00"))
    assert found["recommended"] == "cancelInPart"


def test_the_list_prices_of_another_currency_give_a_basket_and_no_price(world: World) -> None:
    """Billed 3,285.00 EUR, priced 3,650.00 USD: the floor by list prices is 400.00 USD."""
    held = upfront(1, "3285.00 EUR", pricing="3650.00 USD", **used(0))
    world.customer(entry("it", 1), holds=[held], catalog=[price("90.00 USD", "D2"), price("250.00 USD", "D4")])
    exchange = one(world)["routes"][-1]
    assert money(exchange) == (True, None, None)
    assert exchange["basket"]["price"] == {"amount": "430.00", "currency": "USD"}
    assert [why["code"] for why in exchange["because"]] == ["exchange.policy", "price.unknown"]


def test_a_term_that_no_file_can_ask_for_is_not_bought(world: World) -> None:
    """Azure lists months too: 34 of them, 1,360.00, would be the cheapest that commit to 1,330.00."""
    catalog = [price("40.00 USD", "D2", term="P1M"), price("1400.00 USD", "D2")]
    world.customer(entry("it", 1), holds=[monthly(1, paid=23)], catalog=catalog)
    exchange = one(world)["routes"][-1]
    # A 36th of 1,400.00 is 38.89; 30.00 of November come back.
    assert money(exchange) == (True, "8.89", "1370.00")
    assert [item["term"] for item in exchange["basket"]["offers"]] == ["P3Y"]


@pytest.mark.parametrize(
    ("held", "spec", "route", "code"),
    [
        (upfront(1), "frozen: true", "cancel", "customer.frozen"),
        (upfront(1, appliedScopeType="Shared"), "", "rescope", "scope.shared"),
        (upfront(1), "", "cancelInPart", "quantity.one"),
        (upfront(1), "", "exchange", "price.unknown"),
        (upfront(1, reservedResourceType="RedHat"), "", "cancel", "product.not-returnable"),
        (upfront(1, capabilities="ApiExchangeEnabled"), "", "cancel", "return.not-enabled"),
    ],
)
def test_every_refused_route_says_why(world: World, held: Held, spec: str, route: str, code: str) -> None:
    world.customer(entry("it", 1), holds=[held], spec=spec)
    found = next(item for item in one(world, "--rulebook", "csp-2026-08")["routes"] if item["route"] == route)
    assert not found["allowed"]
    assert code in [why["code"] for why in found["because"]]


def test_a_refused_exchange_does_not_blame_prices_that_are_known(world: World) -> None:
    world.customer(entry("it", 1, "protected: true"), holds=[upfront(1)], catalog=[price("90.00 USD", "D2")])
    exchange = one(world)["routes"][-1]
    assert [why["code"] for why in exchange["because"]] == ["protected", "exchange.policy"]
    assert exchange["basket"]["price"]["amount"] == "450.00"


def test_an_order_without_payments_says_so_once_and_promises_no_quote(world: World) -> None:
    held = upfront(1, **SINGLE, **used(0))
    del held.order["properties"]["planInformation"]
    world.customer(entry("it", 1), holds=[held])
    assert run(["advise", "--estate", str(world.estate()), "--at", AT]) == 0
    text = " ".join(world.capsys.readouterr().out.split())
    assert "keep possible, what it costs is not known share possible, what it costs is not known cancel no" in text
    assert "quoted" not in text
    assert text.count("money.unknown") == 2  # of the refund and of the exchange


def test_rules_are_told_with_their_source(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)])
    because = one(world)["routes"][2]["because"]
    assert [(why["code"], bool(why["source"])) for why in because] == [
        ("cancellation.after-5-days", True),
        ("cap.refund", True),
    ]


def test_what_no_file_names_is_advised_too_and_has_its_id_as_address(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1, **used(0)), upfront(2, **used(0))])
    found = advised(world)["reservations"]
    assert [(item["address"], item["recommended"]) for item in found] == [("contoso/it", "cancel"), (None, "cancel")]
    alone = advised(world, f"contoso/{held_id(2)}")["reservations"]
    assert alone == [found[1]]


def test_another_day_and_another_law_are_what_ifs(world: World) -> None:
    """On 12-02 30 days are left; the rules of 2026 take no fee."""
    world.customer(entry("it", 1), holds=[upfront(1, **used(0))])
    assert routes(one(world, at="2026-12-02"))["cancel"] == (True, "-264.00", "-264.00")
    assert routes(one(world, "--rulebook", "csp-2026-08"))["cancel"] == (True, "-400.00", "-400.00")


def test_an_address_that_is_not_there_is_refused_with_what_is_near(world: World) -> None:
    world.customer(entry("vm-web", 1), holds=[upfront(1)])
    assert run(["advise", "contoso/vm-wed", "--estate", str(world.estate()), "--at", AT]) == 1
    assert world.capsys.readouterr().err == (
        "error: there is no active reservation contoso/vm-wed; did you mean contoso/vm-web?\n"
    )


def test_text_and_table_say_the_same(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1, quantity=4, **used(40))], catalog=[price("90.00 USD", "D2")])
    asked = ["advise", "--estate", str(world.estate()), "--at", AT]
    assert run(asked) == 0
    text = " ".join(world.capsys.readouterr().out.split())
    assert "cancel in part 2 units: -176.00 USD now, -176.00 USD over the term;" in text
    assert "=> cancel in part: 40 % of it was used over the last 30 days; cancelling 2 units saves 176.00 USD" in text
    assert "All figures are estimates for 2026-11-22 by rulebook csp-2020-08" in text
    assert run([*asked, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(world.capsys.readouterr().out)))
    part = next(row for row in rows if row["route"] == "cancelInPart")
    picked = ("routeQuantity", "cashNow", "overTerm", "recommended", "idle", "currency")
    assert [part[key] for key in picked] == ["2", "-176.00", "-176.00", "true", "240.00", "USD"]
    assert len(rows) == 5


def test_a_customer_that_is_not_read_whole_gets_no_advice(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)], complete=False)
    assert run(["advise", "--estate", str(world.estate()), "--at", AT]) == 7
    streams = world.capsys.readouterr()
    assert "no active reservation" in streams.out and "nothing is advised for them" in streams.err


@pytest.mark.parametrize("address", ["contoso/it", "nobody/it"])
def test_an_address_of_a_customer_that_is_not_read_whole_is_not_called_wrong(world: World, address: str) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)], complete=False)
    world.write("nobody", 0xD0E, "", (entry("it", 2),))
    assert run(["advise", address, "--estate", str(world.estate()), "--at", AT]) == 7
    streams = world.capsys.readouterr()
    assert "no active reservation" in streams.out and "nothing is advised for them" in streams.err


def test_a_customer_alone_is_no_address(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)])
    assert run(["advise", "contoso", "--estate", str(world.estate()), "--at", AT]) == 1
    said = world.capsys.readouterr().err
    assert said == "error: contoso is not an address; write CUSTOMER/NAME, or --customer contoso\n"


def test_the_service_and_a_file_of_it_give_the_same_advice(capsys: pytest.CaptureFixture[str]) -> None:
    """The service counts Northwind's refunds inside a quote, and lists prices in dollars."""
    partner = Path(__file__).parent.parent.parent / "examples" / "contoso-partner"
    asked = ["advise", "--desired", str(partner / "desired"), "--customer", "northwind-traders", "--format", "json"]
    document = json.loads((partner / "estate.json").read_text())
    assert run([*asked, "--estate", str(partner / "estate.json"), "--at", "2026-11-20T09:00:00Z"]) == 0
    by_file = json.loads(capsys.readouterr().out)["reservations"]
    with running_emulator(document, "2026-11-20T09:00:00+00:00") as emulator:
        live = ["--provider", "emulator", "--endpoint", emulator.endpoint]
        assert run([*asked, *live]) == 0
        by_service = json.loads(capsys.readouterr().out)["reservations"]
        sent = [item for item in emulator.get("requests") if item["method"] != "GET"]
        assert run([*asked, *live, "--no-quote"]) == 0
        unquoted = json.loads(capsys.readouterr().out)["reservations"]
    assert by_service == by_file
    assert [item["path"].partition("?")[0].rpartition("/")[2].lower() for item in sent] == ["calculaterefund"]
    whys = {why["code"] for item in unquoted for why in item["routes"][2]["because"]}
    assert "cap.unknown" in whys
