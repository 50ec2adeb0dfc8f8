"""Findings as JUnit XML: a test case for each, and what forbids is one that did not pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.reports.plain import plain
from reconciler.reports.report import Options
from reconciler.reports.told import advice, path_of, surface


def render_junit(findings: Sequence[Finding], options: Options) -> str:
    """Return one suite; where there is no finding, it has the one case that says so.

    What warns or informs is a case that passed, with the message as its output: the
    format knows nothing between passed and not passed.
    """
    from junitparser import JUnitXml, TestCase, TestSuite

    names = Counter[str]()
    cases = []
    for item in findings:
        name = _name(item)
        names[name] += 1
        cases.append(_case(item, name if names[name] == 1 else f"{name} ({names[name]})", options))
    suite, document, written = TestSuite("reconciler"), JUnitXml("reconciler"), BytesIO()
    # One by one would count all of them again each time.
    suite.add_testcases(cases or [TestCase("no findings", "reconciler")])
    document.add_testsuite(suite)
    document.write(written)
    return written.getvalue().decode() + "\n"


@cache
def _case_type() -> Callable[[str, str], Any]:
    from junitparser import Attr, TestCase

    class _Case(TestCase):
        """A case in a file: GitLab links it, and the others ignore it."""

        file = Attr()

    return _Case


def _name(item: Finding) -> str:
    return plain(f"{item.code} {item.address or item.location or ''}".strip())


def _case(item: Finding, name: str, options: Options) -> Any:
    from junitparser import Failure

    case = _case_type()(name, plain((item.address or "").partition("/")[0]) or "reconciler")
    message, place = plain(item.message), f" at {item.location}" if item.location else ""
    if item.location is not None:
        case.file = plain(path_of(item.location, options))
    details = f"{message}\n{item.severity}{plain(place)}\n{advice(item, options)}".rstrip()
    if item.severity is Severity.DENY:
        failure = Failure(message, plain(item.code))
        failure.text = details
        case.result = [failure]
    else:
        case.system_out = details
    return case


REPORT = surface("junit", "application/xml", render_junit)
