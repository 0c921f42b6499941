"""Everything that writes bookings; views, workers and commands call these and nothing else."""

from business.registration.services.cancel import cancel
from business.registration.services.hold import claim_lock, hold, settle_lock
from business.registration.services.move import move
from business.registration.services.release import expire_due, finish_release, release

__all__ = ["cancel", "claim_lock", "expire_due", "finish_release", "hold", "move", "release", "settle_lock"]
