"""What the services read in our surfaces, by their own documentation: nothing of ours is used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from typing import Any, NamedTuple

import junitparser

_GITHUB_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_GITHUB_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_AZDO = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%"))


class Seen(NamedTuple):
    """One finding as a service shows it; a file or line of None is not told."""

    kind: str
    text: str
    file: str | None
    line: int | None


def github(text: str) -> list[Seen]:
    """Read as the runner does: a command is a line that begins with ``::`` after any white space."""
    seen = []
    for line in re.split(r"\r\n|\r|\n", text):
        assert "##[" not in line, line
        if not line.lstrip().startswith("::"):
            continue
        head, _, data = line.lstrip()[2:].partition("::")
        command, _, written = head.partition(" ")
        pairs = [pair.split("=", 1) for pair in written.split(",")]
        values = {key: _decoded(value, _GITHUB_PROPERTY) for key, value in pairs}
        assert set(values) <= {"file", "line", "col", "title"}, values
        message = _decoded(data, _GITHUB_DATA).split("\n")[0]
        seen.append(Seen(command, message, values.get("file"), _number(values.get("line"))))
    return seen


def azdo(text: str) -> list[Seen]:
    """Read as the agent does: a command may stand anywhere in a line, its head ends at the first bracket."""
    seen = []
    for line in re.split(r"\r\n|\r|\n", text):
        start = line.find("##")
        if not re.search(r"##\w*\[", line):
            continue
        head, _, data = line[start:].partition("]")
        command, _, written = head.partition(" ")
        assert (start, command) == (0, "##vso[task.logissue"), line
        pairs = [pair.split("=", 1) for pair in written.split(";") if pair]
        values = {key: _decoded(value, _AZDO) for key, value in pairs}
        assert set(values) <= {"type", "sourcepath", "linenumber", "columnnumber", "code"}, values
        place = values.get("sourcepath"), _number(values.get("linenumber"))
        seen.append(Seen(values["type"], _decoded(data, _AZDO), *place))
    return seen


def sarif(text: str) -> list[Seen]:
    """Read the results, their links taken out of the text as section 3.11.6 says."""
    seen = []
    for result in json.loads(text)["runs"][0]["results"]:
        message = result["message"]["text"]
        assert not re.search(r"(?<!\\)\[[^\]\\]*(?<!\\)\]\(", message), message
        place = result["locations"][0]["physicalLocation"]
        shown = re.sub(r"\\([\[\]])", r"\1", message)
        seen.append(Seen(result["level"], shown, place["artifactLocation"]["uri"], place["region"]["startLine"]))
    return seen


def junit(text: str) -> list[Seen]:
    """Read the cases by junitparser, as a test report's readers do."""
    document = junitparser.JUnitXml.fromroot(junitparser.junitparser.etree.parse(StringIO(text)).getroot())
    seen = []
    for suite in document:
        for case in suite:
            passed = case.is_passed
            lines = ((case.system_out or "") if passed else case.result[0].text).split("\n")
            file = case._elem.get("file")
            seen.append(Seen("passed" if passed else case.result[0]._tag, lines[0], file, None))
    return seen


def gitlab(text: str) -> list[Seen]:
    """Read the issues; two of one fingerprint would be shown as one."""
    issues: list[Any] = json.loads(text)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return [
        Seen(issue["severity"], issue["description"], issue["location"]["path"], issue["location"]["lines"]["begin"])
        for issue in issues
    ]


# How each surface is read, by its format's name.
READERS: dict[str, Callable[[str], list[Seen]]] = {
    "github": github,
    "azdo": azdo,
    "sarif": sarif,
    "junit": junit,
    "gitlab": gitlab,
}


def _decoded(text: str, codes: tuple[tuple[str, str], ...]) -> str:
    for code, char in codes:
        text = text.replace(code, char)
    return text


def _number(text: str | None) -> int | None:
    return int(text) if text else None
