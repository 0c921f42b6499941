"""Payment channels, found by the merchant they serve."""

from collections.abc import Callable

from business.payments.channels.port import Channel
from business.payments.models import Merchant

_factories: dict[str, Callable[[str], Channel]] = {}


def register(code: str, factory: Callable[[str], Channel]) -> None:
    """Make a channel known: ``factory(mchid)`` returns its adapter, set up from the settings."""
    _factories[code] = factory


def channel_of(merchant: Merchant) -> Channel:
    """Return the adapter that speaks for a merchant."""
    return _factories[merchant.channel](merchant.mchid)


def channel_by_code(code: str) -> Channel:
    """Return the adapter of the installation's own merchant at a channel (notices say nothing of the merchant)."""
    return _factories[code]("")


__all__ = ["Channel", "channel_by_code", "channel_of", "register"]
