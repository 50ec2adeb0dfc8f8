"""Desired state becomes the values that were written, whichever way the files lie."""

import gc
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.desired import load
from reconciler.errors import InvalidDocuments, UsageError
from reconciler.model.desired import Access, Cancel, Credential, Customer, Exchange, Purchase, Reservation, Wanted
from reconciler.model.finding import Location
from reconciler.model.money import Money
from reconciler.model.scope import Scope

FULL = """\
apiVersion: reconciler/v1
kind: Customer
metadata:
  name: contoso
spec:
  tenantId: 11111111-2222-3333-4444-55555555555A
  agreement: csp
  channel: supportRequest
  frozen: true
  credential: {type: clientSecret, clientId: CCCCCCCC-0000-0000-0000-000000000001}
  subscriptions:
    prod: AAAAAAAA-0000-0000-0000-000000000001
  contact:
    firstName: Ada
    lastName: Byron
    email: ops@partner.example
    phone: "+31201234567"
    preferredTimeZone: W. Europe Standard Time
    country: NLD
  exchanges:
    dv5:
      reason: Moving to Dv5
      maxNetPayable: "5000 USD"
      notBefore: "2027-01-05"
      into:
        - name: vm-new
          reservedResourceType: VirtualMachines
          sku: Standard_D4s_v5
          location: westeurope
          term: P3Y
          billingPlan: Monthly
          quantity: 4
          billingSubscription: prod
          scope: {type: Shared}
  reservations:
    - name: vm-prod-weu
      orderId: 0F0F0F0F-0000-0000-0000-000000000001
      reservationId: 0E0E0E0E-0000-0000-0000-000000000001
      displayName: vm-prod-weu
      scope:
        type: ResourceGroup
        subscription: prod
        resourceGroup: rg-web
      instanceFlexibility: "On"
      renew: false
      access:
        - {principalId: 99999999-0000-0000-0000-00000000000A, principalType: Group, role: Reservations Reader}
      accessMode: exclusive
      protected: true
    - name: part
      orderId: 0f0f0f0f-0000-0000-0000-000000000001
      reservationId: 0e0e0e0e-0000-0000-0000-000000000002
      quantity: 7
      cancel:
        reason: Workload retired
        notBefore: "2027-01-04"
        minRefund: "900.00 USD"
        priority: 10
        partial: true
      access:
        - {principalId: 99999999-0000-0000-0000-00000000000b, principalType: User, role: Reservations Reader}
        - {principalId: 99999999-0000-0000-0000-00000000000a, principalType: Group, role: Reservations Reader}
      accessMode: exclusive
    - name: old
      orderId: 0f0f0f0f-0000-0000-0000-000000000003
      reservationId: 0e0e0e0e-0000-0000-0000-000000000003
      state: exchanged
      exchange: {group: dv5}
"""
GROUP = Access(principal_id="99999999-0000-0000-0000-00000000000a", principal_type="Group", role="Reservations Reader")
USER = Access(principal_id="99999999-0000-0000-0000-00000000000b", principal_type="User", role="Reservations Reader")
EXPECTED = Customer(
    name="contoso",
    tenant_id="11111111-2222-3333-4444-55555555555a",
    location=Location("desired/contoso.yaml", 4, 3),
    channel="supportRequest",
    frozen=True,
    credential=Credential(type="clientSecret", client_id="cccccccc-0000-0000-0000-000000000001"),
    contact={
        "firstName": "Ada",
        "lastName": "Byron",
        "email": "ops@partner.example",
        "phone": "+31201234567",
        "preferredContactMethod": "email",
        "preferredTimeZone": "W. Europe Standard Time",
        "country": "NLD",
        "language": "en-US",
    },
    reservations=(
        Reservation(
            name="vm-prod-weu",
            address="contoso/vm-prod-weu",
            order_id="0f0f0f0f-0000-0000-0000-000000000001",
            reservation_id="0e0e0e0e-0000-0000-0000-000000000001",
            location=Location("desired/contoso.yaml", 36, 7),
            display_name="vm-prod-weu",
            scope=Scope("ResourceGroup", "aaaaaaaa-0000-0000-0000-000000000001", "rg-web"),
            instance_flexibility="On",
            renew=False,
            protected=True,
            access=(GROUP, USER),
            access_mode="exclusive",
        ),
        Reservation(
            name="part",
            address="contoso/part",
            order_id="0f0f0f0f-0000-0000-0000-000000000001",
            reservation_id="0e0e0e0e-0000-0000-0000-000000000002",
            location=Location("desired/contoso.yaml", 50, 7),
            floor_location=Location("desired/contoso.yaml", 57, 9),
            quantity=7,
            cancel=Cancel(
                reason="Workload retired",
                not_before=date(2027, 1, 4),
                min_refund=Money(Decimal("900.00"), "USD"),
                priority=10,
                partial=True,
            ),
            access=(GROUP, USER),
            access_mode="exclusive",
        ),
        Reservation(
            name="old",
            address="contoso/old",
            order_id="0f0f0f0f-0000-0000-0000-000000000003",
            reservation_id="0e0e0e0e-0000-0000-0000-000000000003",
            location=Location("desired/contoso.yaml", 64, 7),
            floor_location=Location("desired/contoso.yaml", 23, 7),
            state=Wanted.EXCHANGED,
            exchange=Exchange(
                reason="Moving to Dv5",
                into=(
                    Purchase(
                        name="vm-new",
                        reserved_resource_type="VirtualMachines",
                        sku="Standard_D4s_v5",
                        location="westeurope",
                        term="P3Y",
                        billing_plan="Monthly",
                        quantity=4,
                        billing_subscription="aaaaaaaa-0000-0000-0000-000000000001",
                        scope=Scope("Shared"),
                    ),
                ),
                max_net_payable=Money(Decimal("5000.00"), "USD"),
                not_before=date(2027, 1, 5),
                group="dv5",
            ),
        ),
    ),
)


def minimal(name: str, number: int) -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: Customer\nmetadata: {{name: {name}}}\n"
        f"spec: {{tenantId: 11111111-2222-3333-4444-{number:012d}}}\n"
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    files = ["desired/b.yml", "desired/a.yaml", "desired/eu/c.yaml", "desired/.git/d.yaml", "desired/e.json"]
    for number, name in enumerate(files):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(minimal(file.stem, number), encoding="utf-8")
    return tmp_path


def test_load_should_build_everything_that_was_written(tmp_path: Path) -> None:
    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "contoso.yaml").write_text(FULL, encoding="utf-8")
    assert load([tmp_path / "desired"], tmp_path).customers == (EXPECTED,)


def test_load_should_give_what_is_left_out_its_default(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(minimal("a", 1), encoding="utf-8")
    [customer] = load([file], tmp_path).customers
    assert customer == Customer(
        name="a", tenant_id="11111111-2222-3333-4444-000000000001", location=Location("a.yaml", 3, 12)
    )


def test_load_should_find_files_sorted_and_skip_hidden_folders(repository: Path) -> None:
    state = load([repository / "desired"], repository)
    assert [customer.location.file for customer in state.customers] == [
        "desired/a.yaml",
        "desired/b.yml",
        "desired/eu/c.yaml",
    ]


def test_load_should_read_a_file_once_however_often_it_is_named(repository: Path) -> None:
    folder = repository / "desired"
    state = load([folder / "eu" / ".." / "a.yaml", folder / "a.yaml", folder / "eu"], repository)
    assert [customer.name for customer in state.customers] == ["a", "c"]


def test_load_should_name_files_outside_the_root_by_their_whole_path(repository: Path) -> None:
    [customer] = load([repository / "desired" / "a.yaml"], repository / "elsewhere").customers
    assert customer.location.file == (repository / "desired" / "a.yaml").as_posix()


def test_load_should_read_paths_relative_to_the_working_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "desired")
    [customer] = load([Path("a.yaml")], repository).customers
    assert customer.location.file == "desired/a.yaml"


def test_load_should_refuse_paths_that_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \.yaml or \.yml file found in .*test_load_should_refuse"):
        load([tmp_path], tmp_path)
    with pytest.raises(UsageError, match="none does not exist"):
        load([tmp_path / "none"], tmp_path)


def test_load_should_not_pass_over_a_folder_that_cannot_be_listed(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("eu"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(UsageError, match="eu cannot be read: Permission denied"):
        load([repository / "desired"], repository)


def test_load_should_not_wait_for_a_pipe(repository: Path) -> None:
    os.mkfifo(repository / "desired" / "pipe.yaml")
    with pytest.raises(InvalidDocuments) as told:
        load([repository / "desired"], repository)
    assert [str(item) for item in told.value.problems] == ["desired/pipe.yaml:1:1: cannot be read: it is a pipe"]


def test_digest_should_follow_names_and_bytes_alone(repository: Path) -> None:
    folder = repository / "desired"
    before = load([folder], repository).digest
    assert load([folder / "b.yml", folder / "eu", folder / "a.yaml"], repository).digest == before
    assert load([folder / "a.yaml"], repository).digest != before
    (folder / "a.yaml").write_text(minimal("a", 1) + "# a remark\n", encoding="utf-8")
    after = load([folder], repository).digest
    (folder / "a.yaml").rename(folder / "aa.yaml")
    assert len({before, after, load([folder], repository).digest}) == 3
    assert before.startswith("sha256:")


def test_load_should_read_the_state_of_the_contract_twice_alike(repository: Path) -> None:
    folder = repository / "desired"
    assert load([folder], repository) == load([folder], repository)


def test_load_should_give_back_the_collector_even_after_mistakes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(InvalidDocuments, match="1 problem found; nothing was changed"):
        load([tmp_path], tmp_path)
    assert gc.isenabled()


def test_load_should_refuse_a_name_that_no_plan_could_hold(repository: Path) -> None:
    Path(os.fsdecode(os.fsencode(repository / "desired") + b"/a\xff.yaml")).write_text(FULL, encoding="utf-8")
    with pytest.raises(InvalidDocuments) as raised:
        load([repository / "desired"], repository)
    assert [str(item) for item in raised.value.problems] == [
        r"desired/a\xff.yaml:1:1: the file's name is not UTF-8; rename it"
    ]
