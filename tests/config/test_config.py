"""reconciler.yaml: defaults and what is written; the mistakes in it are in ``tests/mistakes``."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.config import Azure, Config, Limits, Support, load_config, parse_duration
from reconciler.errors import InvalidDocuments, UsageError
from reconciler.model.desired import Credential
from reconciler.model.limits import Ceilings
from reconciler.model.money import Money

FULL = """\
apiVersion: reconciler/v1
kind: Config
desired: customers
provider: snapshot
azure:
  endpoint: https://management.usgovcloudapi.net
  credential: {type: clientSecret, clientId: CCCCCCCC-0000-0000-0000-000000000001}
  support: {severity: moderate, problemClassificationId: refunds, advancedDiagnosticConsent: "Yes"}
snapshot: current.json
rulebook: csp-2026-08
ledger: postgresql://ledger.example/reconciler
policies: law
plan: {expiresAfter: P1DT2H3M4S, maxEstateAge: PT36H}
apply: {maxRefundDrop: 0.02}
limits:
  maxActions: 100
  maxCancels: 10
  maxRefund: "25000 USD"
  maxCapShare: 0.9
  perCustomer: {maxActions: 20, maxCancels: 2, maxRefund: "9000.5 USD", maxCapShare: 1}
settlement: {passThrough: 0.95}
"""


def test_load_config_should_read_everything_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text(FULL, encoding="utf-8")
    assert load_config(None, tmp_path) == Config(
        root=tmp_path,
        desired="customers",
        provider="snapshot",
        azure=Azure(
            endpoint="https://management.usgovcloudapi.net",
            credential=Credential(type="clientSecret", client_id="cccccccc-0000-0000-0000-000000000001"),
            support=Support(
                severity="moderate", problem_classification_id="refunds", advanced_diagnostic_consent="Yes"
            ),
        ),
        snapshot="current.json",
        rulebook="csp-2026-08",
        ledger="postgresql://ledger.example/reconciler",
        policies="law",
        expires_after=timedelta(days=1, hours=2, minutes=3, seconds=4),
        max_estate_age=timedelta(days=1, hours=12),
        max_refund_drop=Decimal("0.02"),
        limits=Limits(
            max_actions=100,
            max_cancels=10,
            max_refund=Money(Decimal("25000.00"), "USD"),
            max_cap_share=Decimal("0.9"),
            per_customer=Ceilings(
                max_actions=20, max_cancels=2, max_refund=Money(Decimal("9000.50"), "USD"), max_cap_share=Decimal(1)
            ),
        ),
        pass_through=Decimal("0.95"),
    )


def test_load_config_should_default_everything(tmp_path: Path) -> None:
    expected = Config(
        root=tmp_path,
        desired="desired",
        provider="azure",
        azure=Azure(endpoint="https://management.azure.com", credential=None, support=Support(severity="minimal")),
        rulebook="csp-2020-08",
        ledger="sqlite:///.reconciler/ledger.db",
        policies="policies",
        expires_after=timedelta(hours=24),
        max_estate_age=None,
        max_refund_drop=Decimal("0.01"),
        limits=Limits(max_actions=None, max_cancels=None, max_refund=None, max_cap_share=None),
        pass_through=Decimal(1),
    )
    assert load_config(None, tmp_path) == expected
    (tmp_path / "reconciler.yaml").write_text("apiVersion: reconciler/v1\nkind: Config\n", encoding="utf-8")
    assert load_config(None, tmp_path) == expected


def test_load_config_should_remember_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "eu").mkdir()
    (tmp_path / "eu" / "other.yaml").write_text("desired: here\n", encoding="utf-8")
    config = load_config(tmp_path / "eu" / "other.yaml", tmp_path)
    assert config.root / config.desired == tmp_path / "eu" / "here"


def test_load_config_should_refuse_a_named_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the configuration .*none\.yaml does not exist"):
        load_config(tmp_path / "none.yaml", tmp_path)


def test_load_config_should_not_show_a_ledger_that_may_hold_a_password(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text("ledger: mysql://me:hunter2@db/x\n", encoding="utf-8")
    with pytest.raises(InvalidDocuments) as raised:
        load_config(None, tmp_path)
    assert [str(problem) for problem in raised.value.problems] == [
        'reconciler.yaml:1:1: "ledger" must be sqlite:///PATH or postgresql://HOST/DATABASE'
    ]


def test_load_config_should_take_whole_numbers_for_shares(tmp_path: Path) -> None:
    text = "apply: {maxRefundDrop: 0}\nsettlement: {passThrough: 1}\nlimits: {maxCapShare: 1.0, maxActions: 0}\n"
    (tmp_path / "reconciler.yaml").write_text(text, encoding="utf-8")
    config = load_config(None, tmp_path)
    assert (config.max_refund_drop, config.pass_through) == (Decimal(0), Decimal(1))
    assert config.limits == Limits(max_actions=0, max_cap_share=Decimal(1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT24H", timedelta(hours=24)),
        ("P2D", timedelta(days=2)),
        ("PT90M", timedelta(minutes=90)),
        ("PT1S", timedelta(seconds=1)),
        ("P1DT12H", timedelta(days=1, hours=12)),
    ],
)
def test_parse_duration_should_read_days_to_seconds(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P-1D", "PT1.5H", "P1W", "PT1H1D"])
def test_parse_duration_should_refuse_anything_else(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write it like PT24H"):
        parse_duration(text)
