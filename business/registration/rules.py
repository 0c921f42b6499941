"""What the hospital decided about booking, per campus with the hospital's default behind it."""

from business import kept
from business.registration.models import BookingRule


def rule_for(campus_id: int | None) -> BookingRule:
    """Return the campus's own rule, else the hospital's, else the model's defaults (unsaved); one SQL at most."""
    rules = {rule.campus_id: rule for rule in kept.all_rows(BookingRule)}
    return rules.get(campus_id) or rules.get(None) or BookingRule()
