"""What git proves to be as it was at a revision; everything else counts as changed."""

from reconciler.changed.worktree import Worktree, compare

__all__ = ["Worktree", "compare"]
