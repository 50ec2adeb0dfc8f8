"""Desired state: the customers' YAML files, read and checked."""

from reconciler.desired.claiming import identity
from reconciler.desired.files import files_of, is_customers_file, is_empty, legible, name_of
from reconciler.desired.kept import KEPT_FROM
from reconciler.desired.reading import load, load_part
from reconciler.desired.sharing import FileRead, Share, are_apart, desired_digest, load_share
from reconciler.desired.words import KnownWords
from reconciler.documents import collector_paused

__all__ = [
    "KEPT_FROM",
    "FileRead",
    "KnownWords",
    "Share",
    "are_apart",
    "collector_paused",
    "desired_digest",
    "files_of",
    "identity",
    "is_customers_file",
    "is_empty",
    "legible",
    "load",
    "load_part",
    "load_share",
    "name_of",
]
