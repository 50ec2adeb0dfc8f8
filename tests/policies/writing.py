"""Policies as tests write them: a name, what differs from the shortest policy, and its validations."""

from __future__ import annotations

from pathlib import Path

HEAD = "apiVersion: reconciler/v1\nkind: PlanPolicy\nmetadata: {name: NAME}\nspec:\n"


def policy(folder: Path, name: str, expression: str, *lines: str) -> Path:
    """Write a policy of one validation; *lines* are further keys of its spec."""
    text = HEAD.replace("NAME", name) + "".join(f"  {line}\n" for line in lines)
    text += f"  validations:\n    - expression: {expression}\n"
    path = folder / "policies" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path
