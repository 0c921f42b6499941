"""What the sweeper calls."""

from business.integration import sweeper
from business.visits import checkin, no_shows, queues


@sweeper.sweep(every_seconds=3)
def ask_on() -> None:
    """Go on with check-ins that HIS has not answered."""
    checkin.ask_on()


@sweeper.sweep(every_seconds=2)
def look_at_queues() -> None:
    """Ask for the queues whose turn it is."""
    queues.look_at_queues()


@sweeper.sweep(every_seconds=300)
def mark_no_shows() -> None:
    """Mark who did not come."""
    no_shows.mark_due()


@sweeper.sweep(every_seconds=3600, at_start=False)
def forget_boards() -> None:
    """Delete the queues of past days."""
    queues.forget_old()
