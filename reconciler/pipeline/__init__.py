"""The straight lines: plan, apply, resume, rebuild, import. They only call.

Each is imported when it is first asked for: `validate` need not wait for what `apply` needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.pipeline.advising import advise as advise
    from reconciler.pipeline.applying import Done as Done
    from reconciler.pipeline.applying import apply as apply
    from reconciler.pipeline.applying import resume as resume
    from reconciler.pipeline.asking import Request as Request
    from reconciler.pipeline.asking import instant as instant
    from reconciler.pipeline.asking import read_current as read_current
    from reconciler.pipeline.asking import read_desired as read_desired
    from reconciler.pipeline.asking import read_each as read_each
    from reconciler.pipeline.executing import PROCESSES as PROCESSES
    from reconciler.pipeline.executing import Engine as Engine
    from reconciler.pipeline.importing import Imported as Imported
    from reconciler.pipeline.importing import import_estate as import_estate
    from reconciler.pipeline.importing import update_files as update_files
    from reconciler.pipeline.inquiring import Subject as Subject
    from reconciler.pipeline.inquiring import subject_of as subject_of
    from reconciler.pipeline.judging import Checked as Checked
    from reconciler.pipeline.judging import check as check
    from reconciler.pipeline.merging import merge as merge
    from reconciler.pipeline.planning import exit_code as exit_code
    from reconciler.pipeline.planning import plan as plan
    from reconciler.pipeline.rebuilding import rebuild as rebuild
    from reconciler.pipeline.remembering import ledger_url as ledger_url
    from reconciler.pipeline.remembering import remember as remember
    from reconciler.pipeline.remembering import with_known_refunds as with_known_refunds
    from reconciler.pipeline.scheduling import schedule as schedule
    from reconciler.pipeline.starting import start as start

_NAMES = {
    "advising": ("advise",),
    "applying": ("Done", "apply", "resume"),
    "asking": ("Request", "instant", "read_current", "read_desired", "read_each"),
    "executing": ("PROCESSES", "Engine"),
    "importing": ("Imported", "import_estate", "update_files"),
    "inquiring": ("Subject", "subject_of"),
    "judging": ("Checked", "check"),
    "merging": ("merge",),
    "planning": ("exit_code", "plan"),
    "rebuilding": ("rebuild",),
    "remembering": ("ledger_url", "remember", "with_known_refunds"),
    "scheduling": ("schedule",),
    "starting": ("start",),
}
_MODULES = {name: f"{__name__}.{module}" for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
