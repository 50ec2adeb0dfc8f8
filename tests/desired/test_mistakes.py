# ruff: noqa: E501 - a table, one mistake on each line
"""Every mistake that desired state can hold: the text of a file, and what is said of it."""

from pathlib import Path

import pytest

from reconciler.desired import load
from reconciler.errors import InvalidDocuments

HEAD = """\
apiVersion: reconciler/v1
kind: Customer
metadata: {name: contoso}
spec:
  tenantId: 11111111-2222-3333-4444-555555555555
"""
IDS = """\
      orderId: 0f0f0f0f-0000-0000-0000-000000000001
      reservationId: 0e0e0e0e-0000-0000-0000-000000000001
"""
ONE = f"  reservations:\n    - name: a\n{IDS}"
OTHER = ONE.replace("  reservations:\n", "").replace("name: a", "name: b")
SECOND = OTHER.replace("0e-0000-0000-0000-000000000001", "0e-0000-0000-0000-000000000002")
CONTACT = "firstName: A, lastName: B, email: a@b.example, preferredTimeZone: UTC, country: NLD"
BOUGHT = (
    "name: new, reservedResourceType: VirtualMachines, sku: s, location: westeurope, term: P1Y, "
    "billingPlan: Upfront, quantity: 1, billingSubscription: prod, scope: {type: Shared}"
)
PROD = "  subscriptions: {prod: aaaaaaaa-0000-0000-0000-000000000001}\n"


def complaints(folder: Path, *texts: str) -> list[str]:
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    try:
        load([folder], folder)
    except InvalidDocuments as error:
        return [str(problem) for problem in error.problems]
    return []


def one(*lines: str) -> str:
    """Return a file of one reservation; *lines* begin at line 10, column 7."""
    return HEAD + PROD + ONE + "".join(f"      {line}\n" for line in lines)


def test_the_texts_that_mistakes_are_put_into_should_be_without_any(tmp_path: Path) -> None:
    assert complaints(tmp_path, one()) == []


SHARED = 'a Shared scope takes no "{}"; leave it out, or write type: {}'


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Returns and exchanges.
        (["state: cancelled"], ['11:7: "state: cancelled" needs a "cancel" block with a reason']),
        (["state: exchanged"], ['11:7: "state: exchanged" needs an "exchange" block']),
        (["state: cancelled", "quantity: 3", "cancel: {reason: r}"], ['12:7: "state: cancelled" returns everything and takes no "quantity"; leave out one of the two']),
        (["state: exchanged", "quantity: 3", f"exchange: {{reason: r, into: [{{{BOUGHT}}}]}}"], ['12:7: "state: exchanged" exchanges everything and takes no "quantity"; leave out one of the two']),
        (["quantity: 3", "cancel: {reason: r}", f"exchange: {{reason: r, into: [{{{BOUGHT}}}]}}"], ['13:7: "cancel" and "exchange" cannot stand together; leave out one of the two']),
        (["state: cancelled", "cancel: {reason: r}", f"exchange: {{reason: r, into: [{{{BOUGHT}}}]}}"], ['13:7: "state: cancelled" takes no "exchange" block; leave it out, or write state: exchanged']),
        (["state: exchanged", "cancel: {reason: r}", f"exchange: {{reason: r, into: [{{{BOUGHT}}}]}}"], ['12:7: "state: exchanged" takes no "cancel" block; leave it out, or write state: cancelled']),
        (["cancel: {reason: r}"], ['11:7: "cancel" has nothing to return: write state: cancelled for all of it, or the "quantity" that is to remain']),
        (["state: active", f"exchange: {{reason: r, into: [{{{BOUGHT}}}]}}"], ['12:7: "exchange" has nothing to exchange: write state: exchanged for all of it, or the "quantity" that is to remain']),
        (["quantity: 0"], ['11:7: "quantity" is 0 but must be a whole number of at least 1; to return everything write state: cancelled and a "cancel" block, to exchange everything state: exchanged and an "exchange" block']),
        (["quantity: 3"], []),
        (["quantity: 3.0", "cancel: {reason: r}"], []),
        (["state: canceled"], ['11:7: "state" is "canceled" but must be "active", "cancelled" or "exchanged" (did you mean "cancelled"?)']),
        (["state: cancelled", "cancel:"], ['12:7: "cancel" is empty but must be a mapping']),
        (["state: cancelled", "cancel: {}"], ['12:7: missing key "reason" in "cancel"']),
        (["state: cancelled", 'cancel: {reason: ""}'], ['12:16: "reason" is "" but must not be empty']),
        (["state: cancelled", "cancel: {reason: 12}"], ['12:16: "reason" is the number 12 but must be text; put it in quotes']),
        (["state: cancelled", 'cancel: {reason: r, notBefore: "2026-02-30"}'], ['12:27: "notBefore" is "2026-02-30", which is no day of the calendar']),
        (["state: cancelled", 'cancel: {reason: r, notBefore: "04-01-2027"}'], ['12:27: "notBefore" is "04-01-2027" but must be a day in quotes, like "2027-01-04"']),
        (["state: cancelled", "cancel: {reason: r, notBefore: 2027-01-04}"], ['12:38: a date without quotes; put it in quotes: "2027-01-04"']),
        (["state: cancelled", "cancel: {reason: r, minRefund: 900.00 USD}"], ['12:38: money without quotes; put it in quotes: "900.00 USD"']),
        (["state: cancelled", "cancel: {reason: r, minRefund: 900.00}"], ['12:27: "minRefund" is the number 900 but must be money in quotes, not negative and without thousands separators, like "900.00 USD"']),
        (["state: cancelled", 'cancel: {reason: r, minRefund: "-1.00 USD"}'], ['12:27: "minRefund" is "-1.00 USD" but must be money in quotes, not negative and without thousands separators, like "900.00 USD"']),
        (["state: cancelled", 'cancel: {reason: r, minRefund: "1.005 USD"}'], ['12:27: "minRefund": \'1.005 USD\' has more decimals than USD is paid in']),
        (["state: cancelled", "cancel: {reason: r, partial: maybe}"], ['12:27: "partial" is "maybe" but must be true or false']),
        (["state: cancelled", "cancel: {reason: r, priority: 1.5}"], ['12:27: "priority" is 1.5 but must be a whole number']),
        (["state: exchanged", "exchange: {}"], ['12:7: "exchange" needs "reason" and "into", or "group" alone']),
        (["state: exchanged", "exchange: {reason: r, into: []}"], ['12:29: "into" is an empty list but must not be empty']),
        (["state: exchanged", "exchange: {group: g}"], ['12:18: unknown exchange group "g"; define it under spec.exchanges']),
        (["state: exchanged", "exchange: {group: g, reason: r}", *[]], ['12:18: unknown exchange group "g"; define it under spec.exchanges', '12:28: "reason" belongs to the group: write it under spec.exchanges']),
        (["state: exchanged", f'exchange: {{reason: r, maxNetPayable: "1.5 JPY", into: [{{{BOUGHT}}}]}}'], ['12:29: "maxNetPayable": \'1.5 JPY\' has more decimals than JPY is paid in']),
        (["state: exchanged", f"exchange: {{reason: r, into: [{{{BOUGHT}}}]}}".replace("name: new", "name: a")], ['12:37: the name "a" is used twice; it is first at 0.yaml:8:7']),
        (["state: exchanged", f"exchange: {{reason: r, into: [{{{BOUGHT}}}]}}".replace("prod", "prdo")], ['12:163: unknown subscription "prdo" (did you mean "prod"?)']),
        (["state: exchanged", f"exchange: {{reason: r, into: [{{{BOUGHT}}}]}}".replace("P1Y", "P2Y")], ['12:117: "term" is "P2Y" but must be "P1Y", "P3Y" or "P5Y" (did you mean "P5Y"?)']),
        # Scopes.
        (["scope: {}"], ['11:7: missing key "type" in "scope"']),
        (["scope: {type: shared}"], ['11:15: "type" is "shared" but must be "Shared", "Single", "ResourceGroup" or "ManagementGroup" (did you mean "Shared"?)']),
        (["scope: {type: Shared, subscription: prod, resourceGroup: rg, managementGroup: mg}"], [
            f"11:29: {SHARED.format('subscription', 'Single')}", f"11:49: {SHARED.format('resourceGroup', 'ResourceGroup')}", f"11:68: {SHARED.format('managementGroup', 'ManagementGroup')}",
        ]),
        (["scope: {type: Single}"], ['11:15: a Single scope needs a "subscription"']),
        (["scope: {type: Single, subscription: prod, resourceGroup: rg}"], ['11:49: a Single scope takes no "resourceGroup"; leave it out, or write type: ResourceGroup']),
        (["scope: {type: ResourceGroup, resourceGroup: rg}"], ['11:15: a ResourceGroup scope needs a "subscription" and a "resourceGroup"']),
        (["scope: {type: ResourceGroup, subscription: prod, resourceGroup: /subscriptions/x}"], ['11:56: "resourceGroup" is "/subscriptions/x" but must be the resource group\'s name alone, without "/" or spaces, like rg-web']),
        (["scope: {type: ManagementGroup}"], ['11:15: a ManagementGroup scope needs a "managementGroup"']),
        (["scope: {type: ManagementGroup, managementGroup: mg, subscription: prod}"], ['11:59: a ManagementGroup scope takes no "subscription"; leave it out, or write type: Single']),
        (["scope: {type: Single, subscription: prdo}"], ['11:29: unknown subscription "prdo" (did you mean "prod"?)']),
        (["scope: {type: Single, subscription: zzz}"], ['11:29: unknown subscription "zzz"; write an alias of spec.subscriptions, or a subscription\'s id']),
        (["scope: {type: Single, subscription: AAAAAAAA-0000-0000-0000-00000000000F}"], []),
        # Other keys.
        (["displayname: x"], ['11:7: unknown key "displayname" (did you mean "displayName"?)']),
        (["name: b"], ['11:7: the key "name" is written twice; it is first at line 8']),
        (["instanceFlexibility: On"], ['11:28: plain On is true to some YAML readers and text to others; write true, or "On" in quotes']),
        (["instanceFlexibility: true"], ['11:7: "instanceFlexibility" is true but must be "On" or "Off", in quotes']),
        (["renew: no"], ['11:14: plain no is false to some YAML readers and text to others; write false, or "no" in quotes']),
        (["displayName: &n x", "scope: *n"], ["11:20: anchors (&) are not supported; write the value out where it is needed", "12:14: aliases (*) are not supported; write the value out"]),
        (["displayName: !!str x"], ["11:20: tags (!) are not supported; write the value alone, text in quotes"]),
        (["accessMode: exclusive"], ['11:7: "accessMode" needs "access" beside it']),
        (["access: [{principalId: x, role: r}]"], ['11:16: missing key "principalType" in item 1 of "access"', '11:17: "principalId" is "x" but must be an id (GUID) like 11111111-2222-3333-4444-555555555555']),
    ],
)  # fmt: skip
def test_load_should_report_a_mistake_in_a_reservation(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    assert complaints(tmp_path, one(*lines)) == [f"0.yaml:{text}" for text in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1: the file is empty"]),
        ("[]\n", ["1:1: the file is an empty list but must be a mapping"]),
        ("a: b: c\n", ['1:5: not valid YAML: mapping values are not allowed in this context; put text that holds ": " in quotes, and check the indentation']),
        (HEAD.replace("v1", "v2"), ['1:1: "apiVersion" is "reconciler/v2" but must be "reconciler/v1"']),
        (HEAD.replace("Customer", "Config"), ['2:1: "kind" is "Config" but must be "Customer"']),
        ("kind: Customer\n", ['1:1: missing keys "apiVersion", "metadata" and "spec" in the file']),
        (HEAD.replace("contoso", "Contoso_1"), ['3:12: "name" is "Contoso_1" but must be made of lower-case letters, digits and "-", like contoso']),
        (HEAD.replace("contoso", "12"), ['3:12: "name" is the number 12 but must be made of lower-case letters, digits and "-", like contoso; put it in quotes']),
        (HEAD.replace("-5555", "-555"), ['5:3: "tenantId" is "11111111-2222-3333-4444-55555555555" but must be an id (GUID) like 11111111-2222-3333-4444-555555555555']),
        (HEAD + "---\n" + HEAD, ["6:1: a second document begins here; write one document for each file"]),
        (HEAD + "  agreement: ea\n", ['6:3: "agreement" is "ea" but must be csp: reservations bought under other agreements (pay-as-you-go, Microsoft Customer Agreement, Enterprise Agreement) are handled as Microsoft\'s Azure reservations documentation says, https://learn.microsoft.com/azure/cost-management-billing/reservations']),
        (HEAD + "  chanel: auto\n", ['6:3: unknown key "chanel" (did you mean "channel"?)']),
        (HEAD + "  channel: supportRequest\n", ['6:3: "channel: supportRequest" needs a "contact" block in "spec": whom Microsoft answers']),
        (HEAD + f"  contact: {{{CONTACT}, preferredContactMethod: phone}}\n", ['6:98: "preferredContactMethod: phone" needs a "phone" number']),
        (HEAD + f"  contact: {{{CONTACT}, phone: +31201234567}}\n", ['6:98: "phone" is the number 31201234567 but must be a phone number in quotes, like "+31201234567"']),
        (HEAD + f"  contact: {{{CONTACT}}}\n".replace("NLD", "NL"), ['6:84: "country" is "NL" but must be a country\'s ISO 3166 alpha-3 code, like NLD']),
        (HEAD + "  credential: {type: clientSecret, clientSecret: hunter2}\n", ['6:36: unknown key "clientSecret" (did you mean "clientId"?); a secret never stands in a file, it comes from the environment (AZURE_CLIENT_SECRET and the like)']),
        (HEAD + "  subscriptions: {a b: x}\n", ['6:19: "a b" is "x" but must be an id (GUID) like 11111111-2222-3333-4444-555555555555', '6:19: the key "a b" must be an alias made of letters, digits, ".", "_" and "-", and not itself a subscription\'s id']),
        (HEAD + "  reservations:\n", ['6:3: "reservations" is empty but must be a list']),
        (HEAD + PROD + ONE + SECOND.replace("name: b", "name: A"), ['11:7: the name "A" is used twice; it is first at 0.yaml:8:7']),
        (HEAD + PROD + ONE + OTHER, ['13:7: the reservationId "0e0e0e0e-0000-0000-0000-000000000001" is used twice; it is first at 0.yaml:10:7']),
        (HEAD + PROD + ONE + "      access: []\n      accessMode: exclusive\n" + SECOND + "      access: []\n", ["16:7: accessMode additive differs from exclusive at 0.yaml:12:7; one order has one accessMode"]),
        (HEAD + PROD + ONE + "      access: []\n" + SECOND, []),
        (HEAD + PROD + f"  exchanges:\n    grp: {{reason: r, into: [{{{BOUGHT}}}]}}\n", ['8:5: no reservation is in the exchange group "grp"']),
        (HEAD + PROD + f"  exchanges:\n    grp: {{reason: r, into: [{{{BOUGHT}}}]}}\n" + ONE + "      state: exchanged\n      exchange: {group: gpr}\n", [
            '8:5: no reservation is in the exchange group "grp" (did you mean "gpr"?)', '14:18: unknown exchange group "gpr" (did you mean "grp"?)',
        ]),
        (HEAD + PROD + f"  exchanges:\n    grp: {{reason: r, into: [{{{BOUGHT}}}, {{{BOUGHT}}}]}}\n" + ONE + "      state: exchanged\n      exchange: {group: grp}\n", ['8:208: the name "new" is used twice; it is first at 0.yaml:8:30']),
    ],
)  # fmt: skip
def test_load_should_report_a_mistake_in_a_file(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert complaints(tmp_path, text) == [f"0.yaml:{message}" for message in expected]


def test_load_should_report_every_mistake_of_every_file_in_one_run(tmp_path: Path) -> None:
    first = one("state: cancelled", "quantity: 2", "displayName: 012")
    second = HEAD.replace("contoso", "fabrikam").replace("1111-2222", "1111-3333") + "  frozen: yes\n  zone: x\n"
    assert complaints(tmp_path, first, second, "a: [\n") == [
        '0.yaml:11:7: "state: cancelled" needs a "cancel" block with a reason',
        '0.yaml:12:7: "state: cancelled" returns everything and takes no "quantity"; leave out one of the two',
        "0.yaml:13:20: a number must not begin with 0, which some YAML readers take for octal; "
        'write 12, or "012" in quotes',
        '1.yaml:6:11: plain yes is true to some YAML readers and text to others; write true, or "yes" in quotes',
        '1.yaml:7:3: unknown key "zone"; known here: tenantId, agreement, channel, frozen, credential, '
        "subscriptions, contact, reservations, exchanges",
        "2.yaml:2:1: not valid YAML: did not find expected node content",
    ]


def test_load_should_report_what_two_customers_both_claim(tmp_path: Path) -> None:
    upper = one().replace("0f0f0f0f", "0F0F0F0F").replace("0e0e0e0e", "0E0E0E0E")
    assert complaints(tmp_path, one(), upper) == [
        '1.yaml:3:12: the customer name "contoso" is used twice; it is first at 0.yaml:3:12',
        '1.yaml:5:3: the tenantId "11111111-2222-3333-4444-555555555555" is used twice; it is first at 0.yaml:5:3',
        '1.yaml:9:7: by two customers, the orderId "0F0F0F0F-0000-0000-0000-000000000001" is used twice; '
        "it is first at 0.yaml:9:7",
        '1.yaml:10:7: the reservationId "0E0E0E0E-0000-0000-0000-000000000001" is used twice; '
        "it is first at 0.yaml:10:7",
    ]


def test_load_should_find_clashes_even_where_a_file_has_other_mistakes(tmp_path: Path) -> None:
    broken = one("state: nope").replace("contoso", "fabrikam").replace("1111-2222", "1111-3333")
    assert len(complaints(tmp_path, one(), broken)) == 3
