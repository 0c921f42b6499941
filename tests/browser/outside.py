"""The sandbox of the running demonstration: what happened out there, and what is made to go wrong."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.his.hospital import resident_id

# The longest that work behind the scenes may take on a busy machine.
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Person:
    """A patient nobody else in the tests is: a WeChat user of the sandbox with an ID number of their own."""

    name: str
    user: str = field(default_factory=lambda: f"guest-{random.randrange(1, 999_999)}")
    phone: str = field(default_factory=lambda: f"139{random.randrange(10**8):08}")
    id_number: str = field(
        default_factory=lambda: resident_id(
            "420102",
            f"{random.randrange(1950, 2005)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
            random.randrange(1, 999),
        )
    )


class Outside:
    """HIS, WeChat and WeChat Pay through the sandbox's control API."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def ask(self, path: str, **body: Any) -> Any:
        """Call the control API: POST with a body, GET without."""
        return self._send("POST" if body else "GET", path, body or None)

    def fault(self, endpoint: str, kind: str, **fields: Any) -> None:
        """Make the next request to an endpoint go wrong."""
        self.ask("faults", endpoint=endpoint, kind=kind, **fields)

    def clear_faults(self) -> None:
        """End every fault; held requests go on."""
        self._send("DELETE", "faults", None)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def messages(self, person: Person) -> list[dict[str, Any]]:
        """What arrived on the person's phone, the newest first."""
        return list(self.ask(f"messages?user={person.user}"))

    def payments_of(self, person: Person) -> list[dict[str, Any]]:
        """The person's orders at the payment channel."""
        openid = self.ask("users", user=person.user)["openid"]
        return [row for row in self.ask("transactions?limit=500") if row["openid"] == openid]

    def refunds_of(self, person: Person) -> list[dict[str, Any]]:
        """The refunds of the person's orders."""
        return [r for row in self.payments_of(person) for r in self.ask(f"refunds?out_trade_no={row['out_trade_no']}")]

    def registrations_of(self, person: Person) -> list[dict[str, Any]]:
        """What HIS has locked, confirmed or given up for the person."""
        made = self.ask(f"requests?endpoint=his.create_patient&contains={person.id_number}")
        files = {json.loads(row["answer"])["data"]["patient_id"] for row in made}
        return [row for row in self.ask("registrations?limit=500") if row["patient_id"] in files]

    def _send(self, method: str, path: str, body: Any) -> Any:
        answer = self._client.request(method, f"/control/{path}", json=body)
        answer.raise_for_status()
        return answer.json()


def eventually(what: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Return the first true answer; the last one when there was none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return answer
