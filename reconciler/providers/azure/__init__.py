"""Azure itself, and the emulator that plays it: one provider behind two names.

The SDK is imported when a provider is opened, not before: start-up time matters.
"""

from __future__ import annotations

from reconciler.config import Config
from reconciler.providers import Provider, ProviderEntry
from reconciler.providers.azure.reach import azure_reach, emulator_reach


def _azure(config: Config) -> Provider:
    reach = azure_reach(config.azure.endpoint)
    from reconciler.providers.azure.provider import open_azure

    return open_azure(reach, config.azure)


def _emulator(config: Config) -> Provider:
    reach = emulator_reach(config.azure.endpoint)
    from reconciler.providers.azure.provider import open_emulator

    return open_emulator(reach, config.azure)


PROVIDERS = (ProviderEntry(name="azure", open=_azure), ProviderEntry(name="emulator", open=_emulator))
