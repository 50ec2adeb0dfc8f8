"""Import from an estate file: then the plan is empty, and importing again changes nothing."""

from __future__ import annotations

import json
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from errno import ENOSPC
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.cli.main import run
from reconciler.pipeline import rewriting
from tests.bodies import Body, guid
from tests.planner.holdings import Held, gone, held_id, monthly, successor, upfront
from tests.planner.world import SUBSCRIPTION, TENANT, World, entry

OTHER = "AAAAAAAA-0000-0000-0000-00000000000F"


class Done(NamedTuple):
    """A command's exit code and streams."""

    code: int
    out: str
    err: str


def perform(world: World, *arguments: str) -> Done:
    """Run a command on the world's estate file, in the world's folder."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([*arguments, "--desired", str(world.folder / "desired"), "--estate", str(world.estate())])
    return Done(code, out.getvalue(), err.getvalue())


def summary(world: World) -> Body:
    """Return the counts of a plan, after which every file must be free of mistakes."""
    done = perform(world, "plan", "--at", "2026-11-22", "--format", "json")
    assert done.out, done.err
    counts: Body = json.loads(done.out)["summary"]
    return {key: value for key, value in counts.items() if value and key != "totals"}


def files(world: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((world.folder / "desired").iterdir())}


def unnamed(world: World, *holds: Held, name: str = "contoso", tenant: int = TENANT, **body: Any) -> None:
    """Add a customer whom no file names."""
    world.customer(holds=holds, name=name, tenant=tenant, **body)
    (world.folder / "desired" / f"{name}.yaml").unlink()


def test_a_customer_that_no_file_names_gets_one(world: World) -> None:
    group = {"resourceGroupId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-(web)", "displayName": "rg-(web)"}
    single = {"subscriptionId": f"/subscriptions/{OTHER}", "displayName": "Adatum Production"}
    unnamed(
        world,
        upfront(1, displayName="web", appliedScopeType="Single", appliedScopeProperties=group, renew=True),
        upfront(2, quantity=4, displayName="Batch: no. 2", appliedScopeType="Single", appliedScopeProperties=single),
        monthly(3, paid=3).with_(
            displayName="cosmos",
            reservedResourceType="CosmosDb",
            utilization={"aggregates": [{"grain": 1, "value": 0}, {"grain": 7, "value": 81.5}]},
        ),
        gone(upfront(4, displayName="ended")),
    )
    done = perform(world, "import")
    assert (done.code, done.err) == (0, "")
    path = Path("desired") / "contoso.yaml"
    assert done.out.splitlines() == [
        f"{path}: new file for contoso",
        f"{path}: contoso/batch-no-2 added: reservation {held_id(2)}",
        f"{path}: contoso/cosmos added: reservation {held_id(3)}",
        f"{path}: contoso/web added: reservation {held_id(1)}",
    ]
    assert (
        files(world)["contoso.yaml"].decode()
        == f"""\
# yaml-language-server: $schema=../schemas/customer.schema.json
apiVersion: reconciler/v1
kind: Customer
metadata:
  name: contoso
spec:
  tenantId: {guid(TENANT)}
  subscriptions:
    adatum-production: {OTHER.lower()}  # Adatum Production
    sub-1: {SUBSCRIPTION}
  reservations:
    # VirtualMachines Standard_D2s_v5 in westeurope, 4 units, P1Y until 2027-01-01
    - name: batch-no-2
      orderId: {guid(2)}
      reservationId: {held_id(2)}
      displayName: "Batch: no. 2"
      scope: {{type: Single, subscription: adatum-production}}
      instanceFlexibility: "On"
      renew: false
    # CosmosDb Standard_D2s_v5 in westeurope, 1 unit, P3Y until 2028-01-01, used 81.5 % over 7 days
    - name: cosmos
      orderId: {guid(3)}
      reservationId: {held_id(3)}
      displayName: cosmos
      scope: {{type: Shared}}
      renew: false
    # VirtualMachines Standard_D2s_v5 in westeurope, 1 unit, P1Y until 2027-01-01
    - name: web
      orderId: {guid(1)}
      reservationId: {held_id(1)}
      displayName: web
      scope: {{type: ResourceGroup, subscription: sub-1, resourceGroup: "rg-(web)"}}
      instanceFlexibility: "On"
      renew: true
"""
    )
    assert summary(world) == {"unchanged": 3}


def test_an_existing_file_is_only_added_to(world: World) -> None:
    world.customer(
        entry("vm-a", 1, "# keep", "renew:   true # why"), holds=[upfront(1), upfront(2, displayName="vm A")]
    )
    before = files(world)["contoso.yaml"]
    done = perform(world, "import")
    assert (done.code, done.err) == (0, "")
    after = files(world)["contoso.yaml"].decode()
    assert after.startswith(before.decode())
    assert (
        after.removeprefix(before.decode())
        == f"""\
    # VirtualMachines Standard_D2s_v5 in westeurope, 1 unit, P1Y until 2027-01-01
    - name: vm-a-2
      orderId: {guid(2)}
      reservationId: {held_id(2)}
      displayName: vm A
      scope: {{type: Shared}}
      instanceFlexibility: "On"
      renew: false
"""
    )
    # What differed before still does: import says what no file says, and changes no wish.
    assert summary(world) == {"update": 1, "unchanged": 1}


def test_what_follows_from_an_old_id_is_not_added_again(world: World) -> None:
    world.customer(entry("vm", 1), holds=[gone(upfront(1), 2), successor(upfront(1), 2, 1)])
    before = files(world)
    assert perform(world, "import").out == ""
    assert files(world) == before


def test_a_customer_that_is_not_complete_is_left_alone_and_the_others_are_not(world: World) -> None:
    world.customer(holds=[upfront(1)], complete=False, problem="forbidden")
    world.customer(holds=[upfront(2)], name="fabrikam", tenant=7)
    before = files(world)
    done = perform(world, "import")
    assert (done.code, done.err) == (7, "contoso: left alone, incomplete: forbidden\n")
    assert files(world)["contoso.yaml"] == before["contoso.yaml"]
    assert files(world)["fabrikam.yaml"] != before["fabrikam.yaml"]


def test_a_mistake_in_any_file_stops_everything_before_a_byte_is_written(world: World) -> None:
    world.customer(holds=[upfront(1)])
    (world.folder / "desired" / "bad.yaml").write_text("a: [")
    unnamed(world, upfront(2), name="fabrikam", tenant=7)
    before = files(world)
    done = perform(world, "import")
    assert done.code == 1
    assert "desired/bad.yaml:1:4: not valid YAML" in done.err
    assert files(world) == before


def test_only_the_customers_that_are_asked_for_are_imported(world: World) -> None:
    unnamed(world, upfront(1))
    unnamed(world, upfront(2), name="fabrikam", tenant=7)
    assert perform(world, "import", "--customer", "fabrikam").code == 0
    assert list(files(world)) == ["fabrikam.yaml"]
    wrong = perform(world, "import", "--customer", "contosso")
    assert wrong.code == 1
    assert "--customer contosso: no file names it; did you mean contoso?" in wrong.err


def test_a_file_that_is_there_is_never_replaced_by_a_new_one(world: World) -> None:
    world.customer(name="fabrikam", tenant=7)
    (world.folder / "desired" / "fabrikam.yaml").rename(world.folder / "desired" / "contoso.yaml")
    before = files(world)["contoso.yaml"]
    unnamed(world, name="Contoso", tenant=8)
    assert perform(world, "import").code == 0
    assert files(world)["contoso.yaml"] == before
    assert b"  name: contoso-2\n" in files(world)["contoso-2.yaml"]


def test_the_first_import_makes_the_folder(world: World) -> None:
    unnamed(world, upfront(1))
    (world.folder / "desired").rmdir()
    assert perform(world, "import").code == 0
    assert summary(world) == {"unchanged": 1}


def test_the_first_import_from_azure_says_how_a_customer_is_named(world: World) -> None:
    err = StringIO()
    with redirect_stderr(err):
        where = ["--provider", "emulator", "--endpoint", "http://127.0.0.1:1"]
        assert run(["import", "--desired", str(world.folder / "none"), *where]) == 1
    assert "none has no customer's file, and Azure does not list a partner's customers: write a file" in err.getvalue()


def test_a_file_keeps_its_link_and_its_rights(world: World) -> None:
    world.customer(holds=[upfront(1)])
    path, real = world.folder / "desired" / "contoso.yaml", world.folder / "elsewhere.yaml"
    path.rename(real)
    real.chmod(0o640)
    path.symlink_to(real)
    assert perform(world, "import").code == 0
    assert path.is_symlink()
    assert held_id(1) in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_private_file_is_not_readable_by_others_for_a_moment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.customer(holds=[upfront(1)])
    (world.folder / "desired" / "contoso.yaml").chmod(0o600)
    modes, replace = [], Path.replace

    def seen(self: Path, target: Path) -> Path:
        modes.append(self.stat().st_mode & 0o777)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", seen)
    assert perform(world, "import").code == 0
    assert modes == [0o600]


def test_a_disk_that_is_full_half_way_says_what_was_written_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.customer(holds=[upfront(1)])
    world.customer(holds=[upfront(2)], name="fabrikam", tenant=7)
    before, write = files(world), rewriting.write_whole

    def full(path: Path, content: bytes, mode: int | None = None) -> None:
        if path.name == "fabrikam.yaml":
            raise OSError(ENOSPC, "No space left on device")
        write(path, content, mode)

    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "write_whole", full)
        done = perform(world, "import")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "error: desired/fabrikam.yaml cannot be written: No space left on device; "
        "written before it: desired/contoso.yaml; run import again\n"
    )
    assert held_id(1) in files(world)["contoso.yaml"].decode()
    assert files(world)["fabrikam.yaml"] == before["fabrikam.yaml"]
    assert [line.split(":")[0] for line in perform(world, "import").out.splitlines()] == ["desired/fabrikam.yaml"]
    assert summary(world) == {"unchanged": 2}


@pytest.mark.parametrize("there", [True, False], ids=["an existing file", "a new file"])
def test_a_file_that_would_be_too_large_is_not_written(world: World, there: bool) -> None:
    holds = [upfront(number, displayName="x" * 600_000) for number in (1, 2)]
    if there:
        world.customer(holds=holds)
    else:
        unnamed(world, *holds)
    before = files(world)
    done = perform(world, "import")
    assert (done.code, done.out) == (1, "")
    assert "desired/contoso.yaml would have 1,2" in done.err
    assert files(world) == before


def test_prune_is_a_part_of_update(world: World) -> None:
    assert perform(world, "import", "--prune").code == 1


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "no",
        "null",
        "~",
        "- a",
        "a: b",
        "a # b",
        "'",
        '"',
        "{",
        "::set-output",
        "2026-01-01",
        "12:30",
        "x" * 5000,
        "\x1b[31m",
    ]
)
SUBSCRIPTIONS = st.sampled_from([SUBSCRIPTION, OTHER, "not an id", ""])


@st.composite
def scopes(draw: Any) -> Body:
    subscription = f"/subscriptions/{draw(SUBSCRIPTIONS)}"
    group = draw(st.sampled_from(["rg-web", "Rg.(1)_", "no", "ré", "a b", ""]))
    return cast(
        Body,
        draw(
            st.sampled_from(
                [
                    {"appliedScopeType": "Shared"},
                    {
                        "appliedScopeType": "Single",
                        "appliedScopeProperties": {"subscriptionId": subscription, "displayName": draw(NAMES)},
                    },
                    {
                        "appliedScopeType": "Single",
                        "appliedScopeProperties": {"resourceGroupId": f"{subscription}/resourceGroups/{group}"},
                    },
                    {
                        "appliedScopeType": "ManagementGroup",
                        "appliedScopeProperties": {
                            "managementGroupId": f"/providers/Microsoft.Management/managementGroups/{group}"
                        },
                    },
                ]
            )
        ),
    )


@st.composite
def holdings(draw: Any, number: int) -> Held:
    made = upfront(number, quantity=draw(st.integers(1, 9)), displayName=draw(NAMES), renew=draw(st.booleans()))
    made = made.with_(**draw(scopes()), instanceFlexibility=draw(st.sampled_from(["On", "Off", "NotSupported", None])))
    made = made.with_(
        reservedResourceType=draw(st.sampled_from(["VirtualMachines", "virtualMachines", "SqlDatabases"]))
    )
    return gone(made) if draw(st.integers(0, 5)) == 0 else made


LAYOUTS = (
    "",
    "  reservations: []\n",
    "  reservations: [ ]  # none\r\n",
    f"  reservations: [{{name: a, orderId: {guid(1)}, reservationId: {held_id(1)}}}, ] # one\n",
    f"  reservations:\n  # é\n  - reservationId: {held_id(1)}\n    name: 'a'  # é\n"
    f'    orderId: "{guid(1)}"\n   # end\n',
    f"  reservations:\n    - name: a\n      orderId: {guid(1)}\n      reservationId: {held_id(1)}",
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_after_an_import_the_plan_is_empty_and_a_second_one_changes_nothing(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        world = World(Path(folder), cast("pytest.CaptureFixture[str]", None))
        holds = [data.draw(holdings(number)) for number in range(1, data.draw(st.integers(1, 5)) + 1)]
        unnamed(world, *holds[1:], name=data.draw(st.sampled_from(["contoso", "a"])))
        layout = data.draw(st.sampled_from(LAYOUTS))
        unnamed(world, holds[0], name="b", tenant=7)
        head = "apiVersion: reconciler/v1\nkind: Customer\nmetadata: {name: b}\nspec: # mine\n  tenantId: " + guid(7)
        before = f"{head}\n{layout}".encode()
        path = world.folder / "desired" / "b.yaml"
        path.write_bytes(before)
        first = perform(world, "import")
        assert (first.code, first.err.replace("no file changed: the files say what Azure has\n", "")) == (0, "")
        written = files(world)
        # An active one is unchanged; an ended one that the layout names is no action either.
        counts = summary(world)
        assert counts.keys() <= {"unchanged"}
        active = sum(item.reservation["properties"]["provisioningState"] == "Succeeded" for item in holds)
        assert counts.get("unchanged", 0) == active
        assert [line for line in before.splitlines() if b"[" not in line] == [
            line for line in path.read_bytes().splitlines() if line in before.splitlines() and b"[" not in line
        ]
        assert perform(world, "import") == Done(0, "", "no file changed: the files say what Azure has\n")
        assert files(world) == written
