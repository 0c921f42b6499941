"""What is remembered of a draft shown on a phone."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DraftLink(models.Model):
    """A link that shows the newest draft of one page without signing in, until it expires or is revoked.

    The token itself is in the QR code only; here is its hash.
    """

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    page = models.ForeignKey("wagtailcore.Page", models.CASCADE, related_name="+", verbose_name=_("页面"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("谁生成的"))
    made_at = models.DateTimeField(_("生成时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("有效至"), db_index=True)
    revoked_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    opened_at = models.DateTimeField(_("最近打开"), null=True, blank=True)
    opened_count = models.PositiveIntegerField(_("打开次数"), default=0)

    class Meta:
        app_label = "editor"
        verbose_name = _("草稿链接")
        verbose_name_plural = _("草稿链接")

    def __str__(self) -> str:
        """Name it by its number: the token is secret."""
        return f"{self._meta.verbose_name} {self.pk}"

    def is_valid(self, now: datetime | None = None) -> bool:
        """Tell whether the link opens the draft at ``now``."""
        return self.revoked_at is None and (now or timezone.now()) < self.expires_at
