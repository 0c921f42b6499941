"""The parts of one running sandbox, and how a view reaches them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flask import current_app

from sandbox.clock import Clock
from sandbox.credentials import Credentials
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from sandbox.wechatpay.callbacks import Dispatcher
    from sandbox.wechatpay.crypto import PayKeys
    from sandbox.wechatpay.parties import Party, Platform

__all__ = ["Options", "Sandbox", "current"]


@dataclass
class Options:
    """How a sandbox behaves; see README.md for the command-line names."""

    state_dir: Path
    portal_url: str
    callback_speed: float = 15.0
    """WeChat's callback schedule is divided by this: 15 turns the first wait of 15 s into 1 s."""
    refund_seconds: float = 2.0
    """How long a refund stays PROCESSING."""
    callback_timeout: float = 5.0
    """Seconds the portal has to answer a callback, as WeChat allows."""
    certificate_mode: bool = False
    """Sign with the platform's certificate instead of WeChat Pay's public key."""
    bill_today: bool = False
    """Give out a bill of a day that is not over yet; WeChat never does, a demonstration likes to."""


@dataclass
class Sandbox:
    """Everything one app shares between its requests and threads."""

    options: Options
    credentials: Credentials
    store: Store
    pay_keys: "PayKeys"
    parties: "dict[str, Party]"
    platform: "Platform"
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    dispatcher: "Dispatcher" = field(init=False)

    def signer(self, mchid: str) -> "tuple[str, RSAPrivateKey]":
        """Return serial and key with which WeChat Pay signs what it tells a merchant."""
        party = self.parties.get(mchid)
        if self.options.certificate_mode or party is None:
            return self.platform.current
        return party.public_key_id, self.pay_keys.wechatpay_private

    def apiv3_key(self, mchid: str) -> bytes:
        """Return the key that a merchant shares with WeChat Pay."""
        party = self.parties.get(mchid)
        return party.apiv3_key.encode() if party else self.pay_keys.apiv3_key


def current() -> Sandbox:
    """Return the sandbox of the request being served."""
    return cast(Sandbox, current_app.extensions["sandbox"])
