"""The straight lines: plan, apply, resume, rebuild, import. They only call."""

from reconciler.pipeline.advising import advise
from reconciler.pipeline.applying import Done, apply, resume
from reconciler.pipeline.asking import Request, instant, read_current, read_desired
from reconciler.pipeline.importing import Imported, import_estate, update_files
from reconciler.pipeline.inquiring import Subject, subject_of
from reconciler.pipeline.judging import Checked, check
from reconciler.pipeline.planning import exit_code, plan
from reconciler.pipeline.rebuilding import rebuild
from reconciler.pipeline.remembering import ledger_url, remember, with_known_refunds
from reconciler.pipeline.scheduling import schedule
from reconciler.pipeline.starting import start

__all__ = [
    "Checked",
    "Done",
    "Imported",
    "Request",
    "Subject",
    "advise",
    "apply",
    "check",
    "exit_code",
    "import_estate",
    "instant",
    "ledger_url",
    "plan",
    "read_current",
    "read_desired",
    "rebuild",
    "remember",
    "resume",
    "schedule",
    "start",
    "subject_of",
    "update_files",
    "with_known_refunds",
]
