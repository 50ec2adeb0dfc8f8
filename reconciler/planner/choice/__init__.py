"""The choice under the cap: which returns, and how many units of each, bring most. Exact, in minor units."""

from reconciler.planner.choice.choosing import choose
from reconciler.planner.choice.options import Chosen, Option

__all__ = ["Chosen", "Option", "choose"]
