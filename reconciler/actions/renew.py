"""Switch automatic renewal on or off."""

from reconciler.actions.kind import update

ACTION = update("renew", 30, "/renew", lambda action, _: {"renew": action.changes[0].after})
