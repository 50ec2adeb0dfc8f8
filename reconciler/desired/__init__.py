"""Desired state: the customers' YAML files, read and checked."""

from reconciler.desired.claiming import identity
from reconciler.desired.reading import files_of, is_customers_file, is_empty, load, load_part, name_of

__all__ = ["files_of", "identity", "is_customers_file", "is_empty", "load", "load_part", "name_of"]
