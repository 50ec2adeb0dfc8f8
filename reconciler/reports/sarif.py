"""Findings as SARIF 2.1.0, for code scanning.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0";
docs.github.com, "SARIF support for code scanning", for what GitHub demands beyond it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.model.finding import Finding, Severity
from reconciler.reports.json import file_bytes
from reconciler.reports.plain import plain
from reconciler.reports.report import Options
from reconciler.reports.told import NO_PLACE, path_of, surface
from reconciler.reports.wording import counted

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# GitHub refuses a file with more results as a whole.
MOST = 25_000
_LEVELS = {Severity.DENY: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# Section 3.11.6: in plain text as well, [text](target) is a link, unless its brackets are escaped.
_LINK = re.compile(r"\[(?=[^\]]*\]\()|\](?=\()")


def render_sarif(findings: Sequence[Finding], options: Options) -> str:
    """Return a log of one run: a rule for each code, and a result for each finding, the worst first."""
    rules = {code: number for number, code in enumerate(dict.fromkeys(item.code for item in findings[:MOST]))}
    seen = Counter[str]()
    run = {
        "tool": {
            "driver": {
                "name": "reconciler",
                "semanticVersion": __version__,
                "rules": [_rule(code, options) for code in rules],
            }
        },
        "automationDetails": {"id": "reconciler/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(len(findings) - MOST)],
        "results": [_result(item, rules[item.code], seen, options) for item in findings[:MOST]],
    }
    return file_bytes({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}).decode()


def _rule(code: str, options: Options) -> dict[str, Any]:
    meaning = options.meaning(code)
    if meaning is None:
        text = {"text": _text(code)}
        return {"id": plain(code), "shortDescription": text, "fullDescription": text, "help": text}
    return {
        "id": plain(code),
        "shortDescription": {"text": meaning.means},
        "fullDescription": {"text": meaning.why},
        "help": {"text": meaning.do},
    }


def _result(item: Finding, rule: int, seen: Counter[str], options: Options) -> dict[str, Any]:
    seen[item.fingerprint] += 1
    place = item.location or NO_PLACE
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(path_of(place, options)), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }
    if item.address:
        location["logicalLocations"] = [{"fullyQualifiedName": plain(item.address), "kind": "resource"}]
    return {
        "ruleId": plain(item.code),
        "ruleIndex": rule,
        "level": _LEVELS[item.severity],
        "message": {"text": _text(item.message)},
        "locations": [location],
        # By this one GitHub knows an alert again, instead of by the text of the line.
        "partialFingerprints": {"primaryLocationLineHash": f"{item.fingerprint}:{seen[item.fingerprint]}"},
    }


def _invocation(left_out: int) -> dict[str, Any]:
    if left_out <= 0:
        return {"executionSuccessful": True}
    text = f"{counted(left_out, 'finding')} of less weight left out: code scanning takes {MOST} of a run."
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [{"level": "warning", "message": {"text": text}}],
    }


def _text(text: str) -> str:
    return _LINK.sub(r"\\\g<0>", plain(text))


def _uri(path: str) -> str:
    return quote(path, safe="/", errors="replace")


REPORT = surface("sarif", "application/sarif+json", render_sarif)
