"""What the hospital decided about booking, per campus with the hospital's default behind it."""

from django.db.models import Q

from business.registration.models import BookingRule


def rule_for(campus_id: int | None) -> BookingRule:
    """Return the campus's own rule, else the hospital's, else the model's defaults (unsaved); one SQL."""
    own_or_default = BookingRule.objects.filter(Q(campus_id=campus_id) | Q(campus__isnull=True))
    rules = {rule.campus_id: rule for rule in own_or_default}
    return rules.get(campus_id) or rules.get(None) or BookingRule()
