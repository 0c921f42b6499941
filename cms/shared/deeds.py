"""Publications and deletions of shared content leave a trace."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver
from wagtail.signals import published, unpublished

from cms.backoffice.audit import trail
from cms.shared.models import SharedBlock


def _tell(event: str, shared: SharedBlock) -> None:
    trail.deed(None, event, shared, detail={"name": shared.name})


@receiver(published, sender=SharedBlock)
def was_published(instance: SharedBlock, **kwargs: Any) -> None:
    """It went live on every page that shows it."""
    _tell("shared.published", instance)


@receiver(unpublished, sender=SharedBlock)
def was_unpublished(instance: SharedBlock, **kwargs: Any) -> None:
    """It was taken down."""
    _tell("shared.unpublished", instance)


@receiver(post_delete, sender=SharedBlock)
def was_deleted(instance: SharedBlock, **kwargs: Any) -> None:
    """It was deleted."""
    _tell("shared.deleted", instance)
