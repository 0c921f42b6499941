"""How figures, times and states are written in the back office."""

from datetime import datetime
from typing import Any

from django.utils import timezone

NOTHING = "—"

# state value → colour of its tag; what needs a person is red, what waits is amber, what went well is green.
TONES = {
    "booked": "good",
    "settled": "good",
    "succeeded": "good",
    "resolved": "good",
    "sent": "good",
    "delivered": "good",
    "waiting": "wait",
    "checking": "wait",
    "called": "good",
    "passed": "warn",
    "no_show": "bad",
    "done": "good",
    "ok": "good",
    "ready": "good",
    "paid": "wait",
    "paying": "wait",
    "created": "wait",
    "held": "wait",
    "locking": "wait",
    "releasing": "wait",
    "confirming": "wait",
    "cancelling": "wait",
    "closing": "wait",
    "refunding": "wait",
    "requested": "wait",
    "processing": "wait",
    "pending": "wait",
    "failed": "bad",
    "abnormal": "bad",
    "dead": "bad",
    "unknown": "bad",
    "denied": "bad",
    "stopped": "bad",
    "refused": "warn",
    "closed": "good",
    "acting": "wait",
    "running": "wait",
    "filed": "warn",
    "approved": "good",
    "rejected": "bad",
    "blocked": "bad",
}


def tone(state: str, kind: str = "") -> str:
    """Return the tone of a state's tag; an open incident is bad, an open slot is not."""
    if state == "open":
        return "bad" if kind in {"incident", "difference"} else "good"
    if state == "closed" and kind not in {"difference"}:
        return "plain"
    return TONES.get(state, "plain")


def yuan(fen: int | None) -> str:
    """Write a sum of fen: 5000 → ¥50.00, -5000 → -¥50.00."""
    if fen is None:
        return NOTHING
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{whole:,}.{rest:02d}"


def when(moment: datetime | None, *, seconds: bool = True) -> str:
    """Write a time as the hospital's clock shows it."""
    if moment is None:
        return NOTHING
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def shown(value: Any) -> Any:
    """Return what stands for a value in a list of facts; an empty one is a dash."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return when(value)
    return NOTHING if value is None or value == "" else value
