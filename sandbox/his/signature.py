"""Request signature of the HIS interface: HMAC-SHA256 over method, path, timestamp, nonce and body."""

import hashlib
import hmac
import threading

__all__ = ["MAX_SKEW_SECONDS", "NonceMemory", "sign"]

MAX_SKEW_SECONDS = 300
MANY = 10_000


def sign(secret: str, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the hex signature; ``target`` is the path with its query, exactly as on the request line."""
    text = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class NonceMemory:
    """Remembers nonces for as long as their timestamp would be accepted."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def first_time(self, nonce: str, now: float) -> bool:
        """Return False for a nonce seen within the window; forgets old ones on the way."""
        with self._lock:
            if len(self._seen) > MANY:
                self._seen = {key: at for key, at in self._seen.items() if now - at <= 2 * MAX_SKEW_SECONDS}
            at = self._seen.get(nonce)
            self._seen[nonce] = now
            return at is None or now - at > 2 * MAX_SKEW_SECONDS
