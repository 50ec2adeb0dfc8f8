"""Give a reservation another display name."""

from reconciler.actions.kind import update

# The name is sent as `name` and read back as `displayName` (Microsoft.Capacity 2022-11-01).
ACTION = update("rename", 10, "/displayName", lambda action, _: {"name": action.changes[0].after})
