"""Desired state: the customers' YAML files, read and checked."""

from reconciler.desired.reading import load

__all__ = ["load"]
