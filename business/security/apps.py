"""Django app: security."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    """Configuration of the security app."""

    name = "business.security"
    label = "security"
    verbose_name = _("安全与审计")

    def ready(self) -> None:
        """Have the audit chain begun by `migrate`, before anybody writes."""
        post_migrate.connect(_begin_chain, sender=self, dispatch_uid="security.begin_chain")


def _begin_chain(*, using: str, **kwargs: Any) -> None:
    from business.security import audit

    audit.begin_chain(using=using)
