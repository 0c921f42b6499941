"""Payment channels, found by the merchant they serve."""

from collections.abc import Callable, Mapping

from business.payments.channels.port import BadNotification, Channel, Notice
from business.payments.models import Merchant

_factories: dict[str, Callable[[str], Channel]] = {}
_rosters: dict[str, Callable[[], list[str]]] = {}


def register(code: str, factory: Callable[[str], Channel], roster: Callable[[], list[str]] | None = None) -> None:
    """Make a channel known: ``factory(mchid)`` returns its adapter, set up from the settings.

    ``roster()`` names the merchants that have keys; without it there is one, ``factory("")``.
    """
    _factories[code] = factory
    if roster is not None:
        _rosters[code] = roster


def channel_of(merchant: Merchant) -> Channel:
    """Return the adapter that speaks for a merchant."""
    return _factories[merchant.channel](merchant.mchid)


def open_notice(code: str, headers: Mapping[str, str], body: bytes) -> Notice:
    """Open a notice with the keys of the merchant it was meant for: the wire does not say which.

    A genuine notice is never opened by another merchant's keys, so the first that can is the right one. Raises
    BadNotification.
    """
    refusals: list[BadNotification] = []
    for mchid in _rosters.get(code, lambda: [""])():
        try:
            return _factories[code](mchid).open_notice(headers, body)
        except BadNotification as bad:
            refusals.append(bad)
    if not refusals:
        raise BadNotification("NO_MERCHANT", "没有配置商户", status=500)
    # One that could be verified and not read says more than those that could not be verified.
    raise next((bad for bad in refusals if bad.code != "SIGN_ERROR"), refusals[0])


__all__ = ["Channel", "channel_of", "open_notice", "register"]
