"""Desired state: the customers' YAML files, read and checked."""

from reconciler.desired.reading import is_empty, load, name_of

__all__ = ["is_empty", "load", "name_of"]
