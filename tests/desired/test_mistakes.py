"""Mistakes in several files are told together; each by itself is in ``tests/mistakes``."""

from pathlib import Path

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
    return HEAD + "  subscriptions: {}\n" + ONE + "".join(f"      {line}\n" for line in lines)


def test_load_should_report_every_mistake_of_every_file_in_one_run(tmp_path: Path) -> None:
    first = one("state: cancelled", "quantity: 2", "displayName: 012")
    second = HEAD.replace("contoso", "fabrikam").replace("1111-2222", "1111-3333") + "  frozen: yes\n  zone: x\n"
    assert complaints(tmp_path, first, second, "a: [\n") == [
        '0.yaml:11:7: "state: cancelled" needs a "cancel" block with a reason',
        '0.yaml:12:7: "state: cancelled" returns everything and takes no "quantity"; leave out one of the two',
        "0.yaml:13:20: a number must not begin with 0, which some YAML readers take for octal; "
        'write 12, or "012" in quotes',
        '1.yaml:6:11: plain yes is true to some YAML readers and text to others; write "yes" in quotes if it is text, '
        "else true",
        '1.yaml:7:3: unknown key "zone"; known here: tenantId, agreement, channel, frozen, credential, '
        "subscriptions, contact, reservations, exchanges",
        '2.yaml:1:4: not valid YAML: the "[" that opens here is not closed',
    ]


def test_load_should_report_what_two_customers_both_claim(tmp_path: Path) -> None:
    upper = one().replace("0f0f0f0f", "0F0F0F0F").replace("0e0e0e0e", "0E0E0E0E")
    assert complaints(tmp_path, one(), upper) == [
        '1.yaml:3:12: the customer name "contoso" is used twice; it is first at 0.yaml:3:12',
        '1.yaml:5:3: the tenantId "11111111-2222-3333-4444-555555555555" is used twice; it is first at 0.yaml:5:3',
        '1.yaml:10:7: the reservationId "0E0E0E0E-0000-0000-0000-000000000001" is used twice; '
        "it is first at 0.yaml:10:7",
    ]


def test_load_should_find_clashes_even_where_a_file_has_other_mistakes(tmp_path: Path) -> None:
    broken = one("state: nope").replace("contoso", "fabrikam").replace("1111-2222", "1111-3333")
    assert len(complaints(tmp_path, one(), broken)) == 2
