"""Exporting and importing as staff do it: with a trace, and with uploads that do not lie about for ever."""

import tempfile
from datetime import timedelta
from typing import Any, Final

from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from wagtail.models import Page

from business.security.models import AuditEvent
from cms.backoffice.audit import trail
from cms.bundles import applying
from cms.bundles.archive import Bundle
from cms.bundles.errors import BundleError
from cms.bundles.exporting import export
from cms.bundles.models import Upload
from cms.bundles.planning import Destination

KEPT: Final = timedelta(days=1)
PROGRESS_SECONDS: Final = 600


def export_page(request: HttpRequest, root: Page, *, with_templates: bool, with_redirects: bool) -> Any:
    """Return an open temporary file with the bundle of a page and all below it."""
    target = tempfile.TemporaryFile(suffix=".zip")  # noqa: SIM115  # the answer closes it when it has been sent
    name = request.user.get_username()
    facts = export(root, target, exporter=name, with_templates=with_templates, with_redirects=with_redirects)
    trail.deed(request, "portal.exported", root, detail={"title": root.title, "counts": facts["counts"]})
    target.seek(0)
    return target


def keep(request: HttpRequest, file: UploadedFile) -> Upload:
    """Keep an uploaded bundle until it is imported. Raises BundleError where it is none."""
    tidy()
    upload = Upload(name=str(file.name)[:200], staff_id=request.user.pk or 0)
    upload.file.save(f"{timezone.now():%Y%m%d%H%M%S}.zip", file, save=False)
    try:
        Bundle(upload.file.path)
    except BundleError as error:
        upload.file.delete(save=False)
        detail = {"file": upload.name, "why": error.code}
        trail.deed(
            request, "portal.imported", object_type=Upload._meta.label, result=AuditEvent.Result.FAILED, detail=detail
        )
        raise
    upload.save()
    return upload


def tidy() -> None:
    """Remove uploads that nobody imported within a day."""
    for upload in Upload.objects.filter(created_at__lt=timezone.now() - KEPT):
        forget(upload)


def forget(upload: Upload) -> None:
    """Remove an upload with its file."""
    upload.file.delete(save=False)
    upload.delete()


def import_upload(
    request: HttpRequest, upload: Upload, destination: Destination, choices: applying.Choices
) -> applying.Outcome:
    """Import an upload and forget it. Raises BundleError, with nothing changed but the trace of it."""
    bundle = Bundle(upload.file.path)

    def progress(done: int, total: int) -> None:
        cache.set(progress_key(upload.pk), (done, total), PROGRESS_SECONDS)

    detail: dict[str, Any] = {"file": upload.name, "to": str(destination)}
    try:
        with transaction.atomic():
            outcome = applying.apply(bundle, destination, choices, user=request.user, progress=progress)
            done = {"created": len(outcome.created), "updated": len(outcome.updated), "kept": len(outcome.kept)}
            trail.deed(request, "portal.imported", destination.base, detail=detail | done)
    except BundleError as error:
        failed = {"why": error.code}
        trail.deed(
            request, "portal.imported", destination.base, result=AuditEvent.Result.FAILED, detail=detail | failed
        )
        raise
    forget(upload)
    return outcome


def progress_key(pk: int) -> str:
    """Return under which name the progress of an import is told."""
    return f"bundle-progress:{pk}"
