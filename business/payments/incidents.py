"""The exception list: what about money a person must look at (I6)."""

import logging
from typing import Any

from django.utils import timezone

from business.payments.models import Incident, Order
from business.security.masking import mask_json

logger = logging.getLogger(__name__)


def raise_incident(
    kind: str, key: str, sentence: str, *, order: Order | None = None, detail: dict[str, Any] | None = None
) -> Incident:
    """Put something on the exception list once per ``kind:key`` and log it as an error (the alarm).

    ``detail`` is masked before it is stored. Resolved incidents of the same key stay resolved.
    """
    incident, created = Incident.objects.get_or_create(
        key=f"{kind}:{key}"[:120],
        defaults={"kind": kind, "order": order, "sentence": sentence[:300], "detail": mask_json(detail or {})},
    )
    if created:
        logger.error("money incident %s: %s", incident.key, incident.sentence)
    return incident


def resolve_by_itself(kind: str, key: str, resolution: str) -> None:
    """Close an open incident whose cause has gone."""
    Incident.objects.filter(key=f"{kind}:{key}"[:120], state=Incident.State.OPEN).update(
        state=Incident.State.RESOLVED, resolution=resolution[:300], resolved_at=timezone.now()
    )
