"""What any test may need beside the files of its own folder."""

import os
import signal

from hypothesis import HealthCheck, settings

from tests.postgres import postgresql, postgresql_server
from tests.skipping import pytest_terminal_summary

__all__ = ["postgresql", "postgresql_server", "pytest_terminal_summary"]

# It is not the machine's colours, proxies, servers or credentials that are tested.
_NOT_OURS = ("PG", "AZURE_", "ACTIONS_ID_TOKEN_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FORCE_COLOR", "NO_COLOR")
for name in [name for name in os.environ if name.upper().startswith(_NOT_OURS)]:
    del os.environ[name]

# No test may find what another one kept; those of the cache say where theirs is.
os.environ["RECONCILER_CACHE"] = ""

# A shell starts what runs in the background with Ctrl-C switched off, and so would be what the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How quick a busy machine is says nothing of what is tested.
settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
