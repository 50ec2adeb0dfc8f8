"""Desired state: the customers' YAML files, read and checked."""

from reconciler.desired.claiming import identity
from reconciler.desired.files import files_of, is_customers_file, is_empty, legible, name_of
from reconciler.desired.reading import load, load_part

__all__ = ["files_of", "identity", "is_customers_file", "is_empty", "legible", "load", "load_part", "name_of"]
