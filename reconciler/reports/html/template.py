"""A document as HTML: everything from outside is escaped here, and nothing is loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reconciler.reports.html.parts import Document
from reconciler.reports.plain import plain


def written(document: Document) -> str:
    """Return the page; its security policy allows its own style sheet and nothing else."""
    environment = _environment()
    style = Markup(environment.get_template("page.css").render())
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("page.html.j2").render(document=document, style=style, style_digest=digest)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reconciler.reports"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _shown(value: Any) -> Any:
    """Write out what is invisible or turns the direction of writing, in what is not our own markup."""
    return plain(value) if type(value) is str else value
