"""HIS in memory, so that a booking measures our side and the database only: every lock is granted at once."""

from datetime import timedelta

from django.utils import timezone

from business.integration import his
from business.integration.his.port import LockResult


class MemoryHis:
    """Grants every lock; two bookings of one slot must be stopped by our own database."""

    def lock_slot(
        self, *, trade_no: str, slot_code: str, patient_id: str, fee_fen: int, hold_seconds: int
    ) -> LockResult:
        """Grant the lock."""
        expires_at = timezone.now() + timedelta(seconds=hold_seconds)
        return LockResult(lock_id=f"L{trade_no}", expires_at=expires_at, number=1, fee_fen=fee_fen)


def install() -> None:
    """Let the portal in this process talk to the HIS in memory."""
    memory = MemoryHis()
    his.client = lambda: memory  # type: ignore[assignment, return-value]
