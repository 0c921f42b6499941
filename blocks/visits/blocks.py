"""The blocks of this family, in the order of the picker."""

from blocks.visits.checkin import CheckInBlock
from blocks.visits.move import MoveBlock
from blocks.visits.queue import QueueBlock

__all__ = ["BLOCKS"]

BLOCKS = [
    ("booking_move", MoveBlock),
    ("check_in", CheckInBlock),
    ("queue", QueueBlock),
]
