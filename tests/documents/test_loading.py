"""Any bytes become a Document or problems at their places; never a traceback."""

from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.documents import Document, load
from reconciler.errors import UsageError


def read(tmp_path: Path, source: str | bytes, limit: int = 1024 * 1024) -> Document:
    file = tmp_path / "file.yaml"
    file.write_bytes(source if isinstance(source, bytes) else source.encode())
    return load(file, "file.yaml", limit)


def complaints(document: Document) -> list[str]:
    return [str(problem).removeprefix("file.yaml:") for problem in document.problems]


def plain(word: str, meant: str) -> str:
    advice = f'write "{word}" in quotes if it is text, else {meant}'
    return f"plain {word} is {meant} to some YAML readers and text to others; {advice}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~", None),
        ("null", None),
        ("", None),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("0", 0),
        ("0o17", 15),
        ("0x1F", 31),
        ("0.10", Decimal("0.10")),
        (".5", Decimal("0.5")),
        ("4.0", 4),
        ("1e3", 1000),
        ("1e-2", Decimal("0.01")),
        ("-", "-"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("3d_face", "3d_face"),
        ("10000000-0000-0000-0000-0000000dbba0", "10000000-0000-0000-0000-0000000dbba0"),
        ("Standard_D4s_v5", "Standard_D4s_v5"),
        ("nope", "nope"),
        ("'012'", "012"),
        ('"no"', "no"),
        ('"2026-01-04"', "2026-01-04"),
        ('"900.00 USD"', "900.00 USD"),
        ("emoji \U0001f600 here", "emoji \U0001f600 here"),
        ('"a\\tb"', "a\tb"),
    ],
)
def test_load_should_read_scalars_by_the_core_schema(tmp_path: Path, text: str, value: object) -> None:
    document = read(tmp_path, f"key: [{text}]\n" if text else "key: [~]\n")
    assert document.problems == ()
    assert document.value == {"key": [value]}
    assert type(document.value["key"][0]) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((word, plain(word, "false")) for word in ("no", "No", "OFF", "n")),
        *((word, plain(word, "true")) for word in ("yes", "yEs", "On", "Y")),
        ("012", 'a number must not begin with 0, which some YAML readers take for octal; write 12, or "012" in quotes'),
        ("-00", 'a number must not begin with 0, which some YAML readers take for octal; write 0, or "-00" in quotes'),
        ("1_000", 'some YAML readers take this for a number; write numbers without "_"; put it in quotes: "1_000"'),
        ("0x1_F", 'some YAML readers take this for a number; write numbers without "_"; put it in quotes: "0x1_F"'),
        ("0b11", "some YAML readers take this for a binary number; put it in quotes: \"0b11\""),
        ("12:30", 'some YAML readers take this for a number in sixtieths; put it in quotes: "12:30"'),
        ("190:20:30.15", 'some YAML readers take this for a number in sixtieths; put it in quotes: "190:20:30.15"'),
        ("2026-01-04", 'a date without quotes; put it in quotes: "2026-01-04"'),
        ("2026-1-4", 'a date without quotes; put it in quotes: "2026-01-04"'),
        (
            "2026-01-04T10:00:00Z",
            'an instant without quotes; put it in quotes: "2026-01-04T10:00:00Z", '
            'or where a day is wanted "2026-01-04"',
        ),
        ("900.00 USD", 'money without quotes; put it in quotes: "900.00 USD"'),
        ("-5 EUR", 'money without quotes; put it in quotes: "-5 EUR"'),
        (".inf", 'this is not a number that can be reckoned with; put it in quotes: ".inf"'),
        (".NaN", 'this is not a number that can be reckoned with; put it in quotes: ".NaN"'),
        ("9" * 41, "a number of 41 characters is out of range"),
        ("9" * 10_000, "a number of 10000 characters is out of range"),
        ("1e999999999", "the number 1e999999999 is out of range"),
        ("!!str x", "tags (!) are not supported; write the value alone, text in quotes"),
        ("! x", "tags (!) are not supported; write the value alone, text in quotes"),
        ("!!python/object:os.system {a: 1}", "tags (!) are not supported; write the value alone, text in quotes"),
        ("&a x", "anchors (&) are not supported; write the value out where it is needed"),
        ("*a", "aliases (*) are not supported; write the value out"),
        ('"a\\0b"', 'control characters are not allowed in text: "a\\u0000b"'),
        ('"\\e[31m"', 'control characters are not allowed in text: "\\u001b[31m"'),
    ],
)  # fmt: skip
def test_load_should_refuse_what_readers_disagree_on(tmp_path: Path, text: str, message: str) -> None:
    document = read(tmp_path, f"key:\n- good\n- {text}\n")
    assert complaints(document) == [f"3:3: {message}"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ["1:1: the file is empty"]),
        ("# only a comment\n", ["2:1: the file is empty"]),
        ("---\n", ["2:1: the file is empty"]),
        ("~\n", ["1:1: the file is empty"]),
        ("a: 1\n---\nb: 2\n", ["2:1: a second document begins here; write one document for each file"]),
        ("a: 1\n...\n", []),
        ("---\na: 1\n", []),
        ("%YAML 1.2\n---\na: 1\n", []),
        ("%YAML 1.1\n---\na: 1\n", ["1:1: a %YAML directive other than 1.2 is not supported; remove it"]),
        ("a: 1\nb: 2\na: 3\n", ['3:1: the key "a" is written twice; it is first at line 1']),
        ("a: {b: 1, b: 2}\n", ['1:11: the key "b" is written twice; it is first at line 1']),
        ("12: x\n", ['1:1: a key must be text, not 12; put it in quotes: "12"']),
        ("true: x\n", ['1:1: a key must be text, not true; put it in quotes: "true"']),
        ("no: x\n", ["1:1: " + plain("no", "false")]),
        ("[a]: x\n", ["1:1: a list cannot be a key; a key is text"]),
        ("? {a: b}\n: x\n", ["1:3: a mapping cannot be a key; a key is text (a template that was not filled in?)"]),
        ("<<: {a: 1}\n", ["1:1: merge keys (<<) are not supported; write the keys out"]),
        ("a: &x 1\nb: *x\n<<: *x\n", [
            "1:4: anchors (&) are not supported; write the value out where it is needed",
            "2:4: aliases (*) are not supported; write the value out",
            "3:1: merge keys (<<) are not supported; write the keys out",
            "3:5: aliases (*) are not supported; write the value out",
        ]),
        ("a:\n\tb: 1\n  \tc: 2\n", [
            "2:1: a tab in the indentation; indent with spaces",
            "3:3: a tab in the indentation; indent with spaces",
        ]),
        ("a: no\nb: [1\n", [
            "1:4: " + plain("no", "false"),
            '2:4: not valid YAML: the "[" that opens here is not closed',
        ]),
        ('a: "\\ud800"\n', ["1:7: not valid YAML: found invalid Unicode character escape code"]),
        (b"a: 1\nb: \xff\xfe\n", ["2:4: byte 0xff is not UTF-8; save the file as UTF-8"]),
        (b"\xef\xbb\xbfa: no\n", ["1:4: " + plain("no", "false")]),
        (b"a: 1\r\nb: x\x00y\r\n", ["2:5: the character U+0000 is not allowed in YAML; remove it"]),
        ("a: 1\r\nb: 2\r\na: 3\r\n", ['3:1: the key "a" is written twice; it is first at line 1']),
        ("\U0001f600: 1\n\U0001f600: 2\n", ['2:1: the key "\\ud83d\\ude00" is written twice; it is first at line 1']),
        ("\U0001f600: no\n", ["1:4: " + plain("no", "false")]),
        # A key that was fine before is looked at again where it is written otherwise.
        ('- "no": 1\n- no: 2\n', ["2:3: " + plain("no", "false")]),
        ('- "12": 1\n- 12: 2\n', ['2:3: a key must be text, not 12; put it in quotes: "12"']),
        ("- a: 1\n- &x a: 2\n- a: 3\n  a: 4\n", [
            "2:3: anchors (&) are not supported; write the value out where it is needed",
            '4:3: the key "a" is written twice; it is first at line 3',
        ]),
        ("- a: 1\n- !t a: 2\n", ["2:3: tags (!) are not supported; write the value alone, text in quotes"]),
    ],
)  # fmt: skip
def test_load_should_say_what_is_wrong_where(tmp_path: Path, source: str | bytes, expected: list[str]) -> None:
    assert complaints(read(tmp_path, source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[" * 10_000, ["1:51: nested more than 50 levels deep"]),
        ("{a: " * 10_000, ["1:201: nested more than 50 levels deep"]),
        ("- " * 10_000, ["1:101: nested more than 50 levels deep"]),
        ("? " * 10_000, ["1:101: nested more than 50 levels deep"]),
        ("".join(f"{' ' * level}a:\n" for level in range(1_000)), ["51:51: nested more than 50 levels deep"]),
        ("a: " + "x" * 2_000_000, ["1:1: the file is larger than 1,048,576 bytes; split it"]),
    ],
    ids=["lists", "mappings", "dashes", "questions", "blocks", "2 MB"],
)
def test_load_should_survive_what_is_meant_to_break_it(tmp_path: Path, source: str, expected: list[str]) -> None:
    document = read(tmp_path, source)
    # Where PyYAML reads ahead and stops by itself, it does so at level 1,000.
    found = [text.replace("1:1001: nested", "1:51: nested") for text in complaints(document)]
    assert found == expected
    assert not document.readable


def test_load_should_not_expand_a_billion_laughs(tmp_path: Path) -> None:
    rows = ["a0: &a0 [ha, ha]"]
    rows += [f"a{row}: &a{row} [{', '.join([f'*a{row - 1}'] * 9)}]" for row in range(1, 10)]
    document = read(tmp_path, "\n".join(rows))
    assert len(document.problems) == 10 + 9 * 9


def test_load_should_take_the_limit_it_is_given(tmp_path: Path) -> None:
    assert complaints(read(tmp_path, "a: 1\n", limit=5)) == []
    assert complaints(read(tmp_path, "a: 12\n", limit=5)) == ["1:1: the file is larger than 5 bytes; split it"]


def test_load_should_name_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml cannot be read: No such file or directory"):
        load(tmp_path / "none.yaml", "none.yaml")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load(tmp_path, "folder")


def test_place_should_be_that_of_the_key_or_of_the_nearest_parent(tmp_path: Path) -> None:
    document = read(tmp_path, "# head\na:\n  b: [x, {c: 1}]\n  e: y\n")
    expected = {
        (): "2:1",
        ("a",): "2:1",
        ("a", "b"): "3:3",
        ("a", "b", 0): "3:7",
        ("a", "b", 1): "3:10",
        ("a", "b", 1, "c"): "3:11",
        ("a", "e"): "4:3",
        ("a", "z"): "2:1",
        ("a", "b", 7): "3:3",
        ("a", "e", "f"): "4:3",
        ("q", 1): "2:1",
    }
    places = {pointer: str(document.place(pointer)).removeprefix("file.yaml:") for pointer in expected}
    assert places == expected


def test_at_should_return_the_value_or_none(tmp_path: Path) -> None:
    document = read(tmp_path, "a: [x, {c: 1}]\n")
    pointers = [("a", 1, "c"), ("a", 0), ("a", 2), ("b",), ("a", 0, "x")]
    assert [document.at(pointer) for pointer in pointers] == [1, "x", None, None, None]
