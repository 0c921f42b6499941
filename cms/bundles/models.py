"""Where things came from, and bundles that wait to be imported."""

import uuid

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.utils.translation import gettext_lazy as _


def new_key() -> str:
    """Return a key for a thing that has none of its own."""
    return str(uuid.uuid4())


def waiting_room() -> FileSystemStorage:
    """Return where uploaded bundles wait: not below the media that everybody may read."""
    return FileSystemStorage(location=settings.VAR_DIR / "bundles")


class Origin(models.Model):
    """The name under which a page or another thing travels, and what it was when it last came in."""

    label = models.CharField(max_length=100)
    object_pk = models.PositiveBigIntegerField()
    key = models.CharField(max_length=64, default=new_key, db_index=True)
    theirs = models.CharField(max_length=64, blank=True)  # fingerprint of what the bundle said
    mine = models.CharField(max_length=64, blank=True)  # fingerprint of what it became here
    imported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("来源")
        verbose_name_plural = _("来源")
        default_permissions = ()
        permissions = [("carry_portal", _("导出和导入门户包"))]
        constraints = [models.UniqueConstraint(fields=["label", "object_pk"], name="one_origin_a_thing")]

    def __str__(self) -> str:
        return f"{self.label}:{self.object_pk}"


class Upload(models.Model):
    """A bundle that somebody uploaded and has not imported yet."""

    file = models.FileField(_("文件"), storage=waiting_room, upload_to="uploads")
    name = models.CharField(_("文件名"), max_length=200)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("上传人"))
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("待导入的门户包")
        verbose_name_plural = _("待导入的门户包")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
