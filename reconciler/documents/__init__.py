"""Any YAML file as values that know their places, checked by a schema."""

from reconciler.collector import collector_paused
from reconciler.documents.checking import check, fits, load_checked
from reconciler.documents.document import Document, Step, located
from reconciler.documents.hints import last_id
from reconciler.documents.loading import LIMIT, load, parse, read
from reconciler.documents.outline import Part, outline
from reconciler.documents.schemas import schema, schema_names, schema_text
from reconciler.documents.wording import near, nearest, shown

__all__ = [
    "LIMIT",
    "Document",
    "Part",
    "Step",
    "check",
    "collector_paused",
    "fits",
    "last_id",
    "load",
    "load_checked",
    "located",
    "near",
    "nearest",
    "outline",
    "parse",
    "read",
    "schema",
    "schema_names",
    "schema_text",
    "shown",
]
