"""Links to drafts: made, found by their token, revoked."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms.backoffice.audit import trail
from cms.editor.preview.models import DraftLink

# Hours a link may live, with what staff read; the first is proposed.
LIFETIMES: Final = [(2, _("2 小时")), (24, _("1 天")), (72, _("3 天")), (168, _("7 天"))]
KEPT_DAYS: Final = 90
_HERE_ONLY = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104  # compared, never bound


def _signer() -> Signer:
    return Signer(salt="editor.draft-link", sep=".")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make(page: Page, *, request: HttpRequest, hours: int) -> tuple[DraftLink, str]:
    """Make a link that lives ``hours`` hours; returns it with its token, which is shown once and kept nowhere.

    Links that ended ``KEPT_DAYS`` ago are forgotten on the way; the audit trail keeps that they were made.
    """
    now = timezone.now()
    DraftLink.objects.filter(expires_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
    token = _signer().sign(secrets.token_urlsafe(24))
    user: Any = request.user
    link = DraftLink.objects.create(
        token_hash=_hash(token), page=page, made_by=user, made_at=now, expires_at=now + timedelta(hours=hours)
    )
    trail.deed(request, "draft_link.made", link, detail={"title": page.title, "page": page.pk, "hours": hours})
    return link, token


def find(token: str) -> DraftLink | None:
    """Return the link of a token, valid or not; None for a token that was never given out."""
    try:
        _signer().unsign(token)
    except BadSignature:
        return None
    return DraftLink.objects.select_related("page", "made_by").filter(token_hash=_hash(token)).first()


def opens(link: DraftLink) -> bool:
    """Tell whether a link shows its draft now: not ended, and whoever made it may still edit the page."""
    user: Any = link.made_by
    return link.is_valid() and user.is_active and bool(link.page.permissions_for_user(user).can_edit())


def count_opening(link: DraftLink) -> None:
    """Remember that the draft was looked at."""
    DraftLink.objects.filter(pk=link.pk).update(opened_at=timezone.now(), opened_count=F("opened_count") + 1)


@transaction.atomic
def revoke(link: DraftLink, *, request: HttpRequest) -> None:
    """End a link at once; ending it again changes nothing."""
    if DraftLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        detail = {"title": link.page.title, "page": link.page_id, "made_by": link.made_by.get_username()}
        trail.deed(request, "draft_link.revoked", link, detail=detail)


def address_of(token: str, request: HttpRequest) -> str:
    """Return what the QR code says: the patients' address, or the desk's own where only that leads anywhere."""
    path = reverse("editor_draft", args=[token])
    return request.build_absolute_uri(path) if is_here_only(settings.PORTAL_URL) else settings.PORTAL_URL + path


def is_here_only(address: str) -> bool:
    """Tell whether an address leads nowhere from another device."""
    return (urlsplit(address).hostname or "") in _HERE_ONLY
