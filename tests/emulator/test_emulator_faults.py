"""Faults on demand: which requests they strike, and what then comes over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from reconciler.emulator.errors import EmulatorError
from reconciler.emulator.faults import profiles
from reconciler.emulator.faults.deciding import Asked, Tally, decide
from tests.emulator.estates import OTHER_TENANT, TENANT, Bought, at, customer, estate, order_id, path
from tests.emulator.wire import Wire

ORDERS = "/providers/Microsoft.Capacity/reservationOrders"


def wire(*faults: dict[str, Any], **more: Any) -> Wire:
    azure = Azure(estate(customer(Bought(1)), customer(Bought(2), tenant=OTHER_TENANT)), at("2026-07-01"))
    line = Wire(azure)
    assert line.send("POST", "/_emulator/faults", {"faults": list(faults), **more}, version=None).status == 200
    return line


def statuses(line: Wire, count: int, url: str = ORDERS) -> list[int]:
    return [line.get(url).status for _ in range(count)]


def fates(seed: int, paths: list[str]) -> list[str]:
    profile = profiles.named({"profile": "worst", "seed": seed})
    tally = Tally()
    asked = [Asked("POST", path, TENANT) for path in paths]
    return [str(decide(profile, one, tally.add(profile, one))) for one in asked]


def test_the_same_seed_draws_the_same_faults_whatever_the_order_in_which_requests_come() -> None:
    paths = [f"/orders/{number}/return" for number in range(50)]
    first = dict(zip(paths, fates(7, paths), strict=True))
    again = dict(zip(reversed(paths), fates(7, paths[::-1]), strict=True))
    assert first == again
    assert len(set(first.values())) > 5
    assert list(first.values()) != fates(8, paths)


def test_ids_that_each_run_makes_anew_do_not_change_what_is_drawn() -> None:
    kinds = ("operationresults", "operationsstatus", "supporttickets")
    first, other = ([f"/{kind}/{name}{number}" for kind in kinds for number in range(50)] for name in "ab")
    assert fates(7, first) == fates(7, other)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, [503, 503, 503, 503]),
        ({"nth": 2}, [200, 503, 200, 200]),
        ({"nth": [1, 4]}, [503, 200, 200, 503]),
        ({"from": 3}, [200, 200, 503, 503]),
        ({"probability": 0}, [200, 200, 200, 200]),
        ({"probability": 1}, [503, 503, 503, 503]),
        ({"method": "POST"}, [200, 200, 200, 200]),
        ({"method": ["POST", "GET"], "path": "*/RESERVATIONorders"}, [503, 503, 503, 503]),
        ({"path": ["*/return", "*orders"]}, [503, 503, 503, 503]),
        ({"path": "*/return"}, [200, 200, 200, 200]),
        ({"tenant": TENANT.upper()}, [503, 503, 503, 503]),
        ({"tenant": OTHER_TENANT}, [200, 200, 200, 200]),
    ],
)
def test_a_fault_strikes_the_requests_that_it_is_told_to(chosen: dict[str, Any], expected: list[int]) -> None:
    assert statuses(wire({"fault": "failure", **chosen}), 4) == expected


def test_a_share_is_about_that_share() -> None:
    # 200 draws at 0.3: 60 on average, with a deviation of 6.5; the seed makes it the same number each time.
    found = statuses(wire({"fault": "failure", "probability": 0.3}), 200)
    assert 40 <= found.count(503) <= 80


@pytest.mark.parametrize(
    ("fault", "status", "code", "header"),
    [
        ({"fault": "throttled", "retryAfter": 7}, 429, "TenantRequestsThrottled", ("retry-after", "7")),
        ({"fault": "failure", "status": 502}, 502, "BadGateway", None),
        ({"fault": "failure", "retryAfter": 2}, 503, "ServiceUnavailable", ("retry-after", "2")),
        ({"fault": "expiredToken"}, 401, "ExpiredAuthenticationToken", None),
        ({"fault": "denied"}, 403, "AuthorizationFailed", ("x-ms-failure-cause", "gateway")),
    ],
)
def test_a_refusal_changes_nothing(
    fault: dict[str, Any], status: int, code: str, header: tuple[str, str] | None
) -> None:
    line = wire(fault)
    reply = line.patch(1, name="renamed")
    assert reply.code() == (status, code)
    assert header is None or reply.headers[header[0]] == header[1]
    clear(line)
    assert line.reservation(1)["properties"]["displayName"] == "reservation-1"


@pytest.mark.parametrize(
    ("fault", "named", "done"),
    [
        ({"fault": "failure", "when": "after", "status": 500}, "renamed", 200),
        ({"fault": "failure", "when": "before", "status": 500}, "reservation-1", 500),
    ],
)
def test_a_failure_comes_before_or_after_the_commit(fault: dict[str, Any], named: str, done: int) -> None:
    line = wire(fault)
    assert line.patch(1, name="renamed").code() == (500, "InternalServerError")
    clear(line)
    assert line.reservation(1)["properties"]["displayName"] == named
    record = line.azure.requests[0]
    assert (record["status"], record["fault"]) == (done, f"failure {fault['when']}")


@pytest.mark.parametrize(("when", "named", "done"), [("before", "reservation-1", None), ("after", "renamed", 200)])
def test_a_connection_breaks_before_or_after_the_commit(when: str, named: str, done: int | None) -> None:
    line = wire({"fault": "reset", "when": when})
    with pytest.raises(ConnectionResetError):
        line.patch(1, name="renamed")
    clear(line)
    assert line.reservation(1)["properties"]["displayName"] == named
    assert line.azure.requests[0]["status"] == done


def test_reads_lag_behind_a_write_for_so_many_reads() -> None:
    line = wire({"fault": "stale", "reads": 2})
    assert line.patch(1, name="renamed").status == 200
    names = [line.reservation(1)["properties"]["displayName"] for _ in range(3)]
    assert names == ["reservation-1", "reservation-1", "renamed"]


def test_reads_lag_behind_a_write_for_so_many_seconds() -> None:
    line = wire({"fault": "stale", "seconds": 600})
    line.patch(1, name="renamed")
    assert {line.reservation(1)["properties"]["displayName"] for _ in range(9)} == {"reservation-1"}


def test_reads_lag_no_longer_than_until_time_passes() -> None:
    line = wire({"fault": "stale", "reads": 9})
    line.patch(1, name="renamed")
    line.send("POST", "/_emulator/clock", {"advance": "PT1H"}, version=None)
    assert line.reservation(1)["properties"]["displayName"] == "renamed"


def test_a_look_at_the_past_moves_nothing() -> None:
    # A return takes effect at the fourth look; two of five see the time before it.
    line = wire({"fault": "stale", "reads": 2, "path": "*/return"})
    session = line.quote(1).body["properties"]["sessionId"]
    assert line.give_back(1, 1, session).status == 202
    states = [line.order(1)["properties"]["provisioningState"] for _ in range(6)]
    assert states == ["Succeeded", "Succeeded", "Pending", "Pending", "Pending", "Cancelled"]


def test_a_session_is_over_when_it_is_used() -> None:
    line = wire({"fault": "expiredSession", "path": "*/return", "nth": 1})
    session = line.quote(1).body["properties"]["sessionId"]
    assert line.give_back(1, 1, session).code() == (400, "SessionTimedOut")
    assert line.give_back(1, 1, line.quote(1).body["properties"]["sessionId"]).status == 202


def test_what_lingers_takes_more_looks() -> None:
    line = wire({"fault": "slow", "polls": 4, "path": "*/return"})
    line.give_back(1, 1, line.quote(1).body["properties"]["sessionId"])
    states = [line.order(1)["properties"]["provisioningState"] for _ in range(8)]
    # Three looks as usual and four more.
    assert states == ["Pending"] * 7 + ["Cancelled"]


def test_latency_adds_up_and_lets_another_fault_strike_as_well() -> None:
    line = wire(
        {"fault": "latency", "seconds": 0.001}, {"fault": "latency", "seconds": [0.0, 0.002]}, {"fault": "denied"}
    )
    assert line.get(f"{ORDERS}/{order_id(1)}").code() == (403, "AuthorizationFailed")
    assert line.azure.requests[0]["fault"] == "denied"


def test_what_is_set_can_be_listed_and_cleared() -> None:
    line = wire({"fault": "denied", "nth": 1}, seed=5)
    statuses(line, 2)
    shown = line.send("GET", "/_emulator/faults", version=None).body
    assert shown == {"seed": 5, "faults": [{"fault": "denied", "nth": 1}], "struck": {"denied": 1}}
    clear(line)
    assert line.send("GET", "/_emulator/faults", version=None).body == {"seed": 0, "struck": {}}


def clear(line: Wire) -> None:
    assert line.send("DELETE", "/_emulator/faults", version=None).status == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "it: [] is not of type 'object'"),
        ({"fault": []}, "Additional properties are not allowed ('fault' was unexpected)"),
        ({"faults": [{"fault": "flood"}]}, "faults[0].fault: 'flood' is not one of ['latency', 'throttled',"),
        ({"faults": [{"fault": "reset"}, {"when": "after"}]}, "faults[1]: 'fault' is a required property"),
        ({"faults": [{"fault": "latency"}]}, "faults[0]: latency needs seconds"),
        ({"faults": [{"fault": "slow"}]}, "faults[0]: slow needs polls"),
        ({"faults": [{"fault": "stale"}]}, "faults[0]: stale needs either reads or seconds"),
        ({"faults": [{"fault": "denied", "reads": 2}]}, "faults[0].reads: is not for denied; it takes nothing of its"),
        ({"faults": [{"fault": "reset", "status": 500}]}, "faults[0].status: is not for reset; it takes when"),
        ({"faults": [{"fault": "reset", "nth": 1, "from": 2}]}, "faults[0]: nth and from contradict each other"),
        ({"faults": [{"fault": "reset", "probability": 2}]}, "faults[0].probability: 2 is greater than the maximum"),
        ({"limits": {"reads": {"size": 1}}}, "limits.reads: 'perSecond' is a required property"),
        ({"profile": "best"}, "profile: there is no 'best'; built in are throttle, worst"),
    ],
)
def test_a_profile_that_is_wrong_is_refused_with_its_place(body: Any, message: str) -> None:
    line = wire({"fault": "denied"})
    reply = line.send("POST", "/_emulator/faults", body, version=None)
    assert (reply.status, reply.body["error"]["code"]) == (400, "InvalidFaults")
    assert message in reply.body["error"]["message"]
    # What was set stays.
    assert statuses(line, 1) == [403]


@pytest.mark.parametrize("name", ["worst", "throttle"])
def test_a_profile_is_built_in_by_name(name: str) -> None:
    assert profiles.load(name) == profiles.named({"profile": name})


def test_a_file_that_cannot_be_read_says_so(tmp_path: Any) -> None:
    with pytest.raises(EmulatorError, match=r"cannot be read: No such file or directory; built in are throttle, worst"):
        profiles.load(str(tmp_path / "no.yaml"))
    (tmp_path / "bad.yaml").write_text("faults: [")
    with pytest.raises(EmulatorError, match=r"bad.yaml: not YAML"):
        profiles.load(str(tmp_path / "bad.yaml"))


LIMITS = {"reads": {"size": 3, "perSecond": 0.5}, "writes": {"size": 1, "perSecond": 0.001}, "globalFactor": 1}


def test_limits_throttle_and_say_what_remains() -> None:
    line = wire(limits=LIMITS)
    replies = [line.get(ORDERS) for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    header = "x-ms-ratelimit-remaining-tenant-reads"
    assert [reply.headers[header] for reply in replies] == ["2", "1", "0", "0"]
    # A token comes every two seconds.
    assert replies[3].headers["retry-after"] == "2"
    assert replies[3].code() == (429, "TenantRequestsThrottled")


def test_limits_are_a_tenants_own_and_an_operations_own() -> None:
    line = wire(limits=LIMITS)
    assert statuses(line, 4)[-1] == 429
    assert statuses(Wire(line.azure, OTHER_TENANT), 1) == [200]
    reply = line.patch(1, name="renamed")
    assert (reply.status, reply.headers["x-ms-ratelimit-remaining-tenant-writes"]) == (200, "0")
    assert line.patch(1, name="other").status == 429
    assert path(1) in line.azure.requests[-1]["path"]
