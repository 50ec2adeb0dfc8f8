"""Switch instance size flexibility on or off."""

from reconciler.actions.kind import update

ACTION = update(
    "flexibility",
    40,
    "/instanceFlexibility",
    lambda action, _: {"instanceFlexibility": action.changes[0].after},
)
