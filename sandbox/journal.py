"""What was asked of the sandbox lately: kept in memory for the control desk and for tests."""

import itertools
import re
import threading
from collections import deque
from datetime import datetime
from typing import Any

__all__ = ["Journal"]

KEEP = 2000
SNIPPET = 4000
# Secrets that travel in query strings and bodies do not belong on a screen.
SECRETS = re.compile(r'("?(?:secret|access_token|appsecret)"?\s*[=:]\s*"?)([^&"\s]+)')


class Journal:
    """The last 2,000 requests with their answers."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEEP)
        self._lock = threading.Lock()
        self._ids = itertools.count(1)

    def add(
        self,
        *,
        at: datetime,
        endpoint: str,
        method: str,
        path: str,
        body: str,
        status: int,
        answer: str,
        ms: int,
        fault: str,
    ) -> None:
        """Write down one request and what it was answered."""
        with self._lock:
            self._entries.append(
                {
                    "id": next(self._ids),
                    "at": at.isoformat(),
                    "endpoint": endpoint,
                    "method": method,
                    "path": SECRETS.sub(r"\1***", path),
                    "body": SECRETS.sub(r"\1***", body[:SNIPPET]),
                    "status": status,
                    "answer": SECRETS.sub(r"\1***", answer[:SNIPPET]),
                    "ms": ms,
                    "fault": fault,
                }
            )

    def entries(self, endpoint: str = "", contains: str = "", limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest entries first, of one endpoint and holding a text where asked."""
        with self._lock:
            entries = [*self._entries]
        chosen = (
            entry
            for entry in reversed(entries)
            if (not endpoint or entry["endpoint"] == endpoint)
            and (not contains or contains in entry["path"] + entry["body"] + entry["answer"])
        )
        return list(itertools.islice(chosen, limit))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
