"""What the portal needs of an authority that knows names."""

from enum import Enum
from typing import Protocol


class Verdict(Enum):
    """What the authority said. NO_RECORD is no refusal: it does not know everybody (soldiers, the newly registered)."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NO_RECORD = "no_record"


class RealNamePort(Protocol):
    """Checks a mainland resident's name and number, and whose phone it is where ``phone`` is given."""

    def check(self, *, name: str, id_number: str, phone: str = "", reference: str) -> Verdict:
        """Return the verdict; raise ``outcomes.Unknown`` where the authority cannot tell now."""
        ...
