"""A change of a file is a change of its text in that place: tables of text in, text out."""

from __future__ import annotations

from textwrap import dedent

import pytest

from reconciler.documents import parse
from reconciler.errors import UsageError
from reconciler.writing import Edit, Entry, edited

OLD, NEW = "0e0e0e0e-0000-0000-0000-000000000001", "0e0e0e0e-0000-0000-0000-00000000000a"
ADDED = Entry(value={"name": "new", "renew": False}, comment="a disk")
BARE = Entry(value={"name": "new", "renew": False})


def changed(before: str, edit: Edit) -> str:
    document = parse(before.encode(), "contoso.yaml")
    assert not document.problems
    return edited(document, edit).decode()


CASES = {
    "an entry is added behind the last one and its comments": (
        """\
        spec:
          tenantId: t   # the tenant
          reservations:
            # first
            - name: a  # why a
              renew:   false
              # renew stays off

            # the end of the list
          frozen: false
        """,
        Edit(appended=(ADDED,)),
        """\
        spec:
          tenantId: t   # the tenant
          reservations:
            # first
            - name: a  # why a
              renew:   false
              # renew stays off
            # a disk
            - name: new
              renew: false

            # the end of the list
          frozen: false
        """,
    ),
    "dashes under their key stay there": (
        """\
        spec:
            tenantId: t
            reservations:
            - name: a
        """,
        Edit(appended=(ADDED,)),
        """\
        spec:
            tenantId: t
            reservations:
            - name: a
            # a disk
            - name: new
              renew: false
        """,
    ),
    "an empty list in brackets becomes a list of lines": (
        """\
        spec:
          reservations: []  # none yet
          tenantId: t
        """,
        Edit(appended=(ADDED,)),
        """\
        spec:
          reservations:  # none yet
            # a disk
            - name: new
              renew: false
          tenantId: t
        """,
    ),
    "brackets that hold a comment keep it": (
        """\
        spec:
          tenantId: t
          reservations: [ # none yet
          ]
        """,
        Edit(appended=(ADDED,)),
        """\
        spec:
          tenantId: t
          reservations: [{name: new, renew: false} # none yet
          ]
        """,
    ),
    "a list in brackets stays one": (
        """\
        spec: {reservations: [{name: a}, {name: b}, ]}
        """,
        Edit(appended=(BARE, BARE)),
        """\
        spec: {reservations: [{name: a}, {name: b}, {name: new, renew: false}, {name: new, renew: false}, ]}
        """,
    ),
    "a list that is missing is begun at the end of the spec": (
        """\
        spec:
          tenantId: t
          subscriptions:
            prod: s
            # test: later
        # bye
        """,
        Edit(appended=(ADDED,)),
        """\
        spec:
          tenantId: t
          subscriptions:
            prod: s
            # test: later
          reservations:
            # a disk
            - name: new
              renew: false
        # bye
        """,
    ),
    "a list that is missing is begun in braces": (
        "spec: {tenantId: t} # braces\n",
        Edit(appended=(ADDED,)),
        "spec: {tenantId: t, reservations: [{name: new, renew: false}]} # braces\n",
    ),
    "a list is begun behind text of many lines": (
        """\
        spec:
          tenantId: t
          contact: |+
            Ada

        ...
        """,
        Edit(appended=(ADDED,)),
        """\
        spec:
          tenantId: t
          contact: |+
            Ada

          reservations:
            # a disk
            - name: new
              renew: false
        ...
        """,
    ),
    "an id is rewritten in its quotes": (
        f"""\
        spec:
          reservations:
            - {{reservationId: '{OLD}', name: a}}   # '
            -
              # the dash stands above
              reservationId: "{OLD}"  # "
            - reservationId:
                {OLD}
            - reservationId: >-
                {OLD}
              name: d
        """,
        Edit(rewritten={number: {"reservationId": NEW} for number in range(4)}),
        f"""\
        spec:
          reservations:
            - {{reservationId: '{NEW}', name: a}}   # '
            -
              # the dash stands above
              reservationId: "{NEW}"  # "
            - reservationId:
                {NEW}
            - reservationId: {NEW}
              name: d
        """,
    ),
    "an entry gives way to others, and what is above it stays": (
        """\
        spec:
          reservations:
            - name: a
            # was old
            -   # here
              name: old
              renew: true  # told
            # last
            - name: z
        """,
        Edit(replaced={1: (ADDED, BARE)}),
        """\
        spec:
          reservations:
            - name: a
            # was old
            # a disk
            - name: new
              renew: false
            - name: new
              renew: false
            # last
            - name: z
        """,
    ),
    "a list whose last entry goes is an empty one": (
        """\
        spec:
          reservations:  # all
            - name: a
            - name: b
          tenantId: t
        """,
        Edit(replaced={0: (), 1: ()}),
        """\
        spec:
          reservations: []  # all
          tenantId: t
        """,
    ),
    "entries in brackets go with their commas": (
        "spec: {reservations: [{name: a}, {name: b}, {name: c}, {name: d}]}\n",
        Edit(replaced={0: (), 2: (), 3: ()}),
        "spec: {reservations: [{name: b}]}\n",
    ),
    "all entries in brackets go": (
        "spec: {reservations: [{name: a}, {name: b},]}\n",
        Edit(replaced={0: (), 1: ()}),
        "spec: {reservations: []}\n",
    ),
    "a group that is done goes": (
        """\
        spec:
          exchanges:
            # spring
            g: {reason: r}  # why
            h:
              reason: s
          reservations:
            - name: a
        """,
        Edit(dropped=("h",), replaced={0: (BARE,)}),
        """\
        spec:
          exchanges:
            # spring
            g: {reason: r}  # why
          reservations:
            - name: new
              renew: false
        """,
    ),
    "the last group goes with its key": (
        """\
        spec:
          exchanges: {g: {reason: r}}
          reservations:
            - name: a
              renew: false
        """,
        Edit(dropped=("g",), added={0: (BARE,)}),
        """\
        spec:
          reservations:
            - name: a
              renew: false
            - name: new
              renew: false
        """,
    ),
    "a day is written into a cancel block, behind its last line": (
        """\
        spec:
          reservations:
            - name: a
              cancel:
                reason: gone   # why
                # not too little
                minRefund: "9.00 USD"
              # about a
            - name: b
              cancel: {reason: gone}  # b
        """,
        Edit(cancels={0: {"notBefore": "2027-01-04"}, 1: {"notBefore": "2027-01-05", "steps": None}}),
        """\
        spec:
          reservations:
            - name: a
              cancel:
                reason: gone   # why
                # not too little
                minRefund: "9.00 USD"
                notBefore: "2027-01-04"
              # about a
            - name: b
              cancel: {reason: gone, notBefore: "2027-01-05"}  # b
        """,
    ),
    "a day that is there is written anew": (
        """\
        spec:
          reservations:
            - name: a
              cancel:
                notBefore: '2026-12-01'  # after the audit
                reason: gone
            - {name: b, cancel: {notBefore: "2026-12-01", reason: gone}}
        """,
        Edit(cancels={number: {"notBefore": "2027-01-04"} for number in range(2)}),
        """\
        spec:
          reservations:
            - name: a
              cancel:
                notBefore: "2027-01-04"  # after the audit
                reason: gone
            - {name: b, cancel: {notBefore: "2027-01-04", reason: gone}}
        """,
    ),
    "a day gives way to steps, and steps to a day": (
        """\
        spec:
          reservations:
            - name: a
              cancel:
                reason: gone
                notBefore: "2026-12-01"
            # below a
            - name: b
              cancel:
                steps:  # two
                  - notBefore: "2026-12-01"
                    quantity: 3
                  # the last
                  - {notBefore: "2027-12-01", quantity: 1}
                reason: gone
        """,
        Edit(
            cancels={
                0: {"notBefore": None, "steps": [{"notBefore": "2027-01-04", "quantity": 2}]},
                1: {"steps": None, "notBefore": "2027-01-05"},
            }
        ),
        """\
        spec:
          reservations:
            - name: a
              cancel:
                reason: gone
                steps: [{notBefore: "2027-01-04", quantity: 2}]
            # below a
            - name: b
              cancel:
                reason: gone
                notBefore: "2027-01-05"
        """,
    ),
    "steps on many lines become one line": (
        """\
        spec:
          reservations:
            - name: b
              cancel:
                steps:
                - notBefore: "2026-12-01"
                  quantity: 3
                reason: gone
        """,
        Edit(cancels={0: {"steps": [{"notBefore": "2027-01-04", "quantity": 2}]}}),
        """\
        spec:
          reservations:
            - name: b
              cancel:
                steps: [{notBefore: "2027-01-04", quantity: 2}]
                reason: gone
        """,
    ),
    "groups in braces go with their commas": (
        "spec: {exchanges: {f: 1, g: 2, h: 3}, reservations: []}\n",
        Edit(dropped=("f", "h")),
        "spec: {exchanges: {g: 2}, reservations: []}\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "BOM"])
def test_nothing_else_in_the_text_changes(name: str, newline: str, mark: str) -> None:
    before, edit, after = CASES[name]
    before, after = (mark + dedent(text).replace("\n", newline) for text in (before, after))
    assert changed(before, edit) == after


@pytest.mark.parametrize("number", [0, 1])
def test_a_text_without_a_last_line_end_gets_one(number: int) -> None:
    before = "spec:\n  reservations:\n    - name: a\n    - name: b"
    edit = Edit(added={1: (BARE,)}) if number else Edit(replaced={1: (BARE,)})
    kept = "    - name: b\n" if number else ""
    assert changed(before, edit) == (
        f"spec:\n  reservations:\n    - name: a\n{kept}    - name: new\n      renew: false\n"
    )


def test_a_mark_above_the_basic_plane_does_not_shift_the_places() -> None:
    before = f"# 😀 é\nspec:\n  reservations:\n    - name: 'a😀'\n      reservationId: {OLD}  # 😀\n"
    assert changed(before, Edit(rewritten={0: {"reservationId": NEW}})) == before.replace(OLD, NEW)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"], ids=["LS", "PS", "NEL"])
def test_a_separator_that_was_pasted_into_a_comment_does_not_end_new_lines(separator: str) -> None:
    before = f"# pasted{separator}# from a page\nspec:\n  reservations:\n    - name: a\n"
    assert changed(before, Edit(appended=(BARE,))) == f"{before}    - name: new\n      renew: false\n"


def test_a_layout_that_a_change_would_break_is_refused() -> None:
    # The first dash shares its line with the colon of its key.
    before = "spec:\n  tenantId: t\n  ? reservations\n  : - name: a\n    - name: b\n"
    with pytest.raises(UsageError, match=r"contoso\.yaml: its layout is such"):
        changed(before, Edit(replaced={0: ()}))
