"""The one place where the sandbox asks what time it is.

Business time (locks, schedules, expiry, bills) can be moved forward by the control desk; wire time (signature
freshness) is always the machine's own, because the portal's clock does not move with ours.
"""

import threading
import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["MAX_DATE", "SHANGHAI", "Clock", "parse_moment", "wire_timestamp"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAX_DATE = date(2999, 12, 31)


class Clock:
    """Business time in Asia/Shanghai, optionally ahead of the machine's clock."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the aware business time, cut to whole seconds as HIS and WeChat Pay print it."""
        return (datetime.now(SHANGHAI) + self._offset).replace(microsecond=0)

    def today(self) -> date:
        """Return the hospital's calendar day."""
        return self.now().date()

    def advance(self, seconds: float) -> None:
        """Move business time by that many seconds (negative moves it back)."""
        with self._lock:
            self._offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Return to the machine's clock."""
        with self._lock:
            self._offset = timedelta()

    @property
    def offset_seconds(self) -> int:
        """How far business time is ahead of the machine's clock, in seconds."""
        return int(self._offset.total_seconds())


def parse_moment(text: str) -> datetime:
    """Read an RFC 3339 time; a time without a zone is taken as Asia/Shanghai. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def wire_timestamp() -> int:
    """Unix seconds of the machine, for signature freshness."""
    return int(time.time())
