"""Django app: blocks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BlocksConfig(AppConfig):
    """Configuration of the blocks app."""

    name = "blocks"
    label = "blocks"
    verbose_name = _("页面组件")

    def ready(self) -> None:
        """Hold every image to the rules of uploads, whichever way it came."""
        from django.db.models.signals import pre_save
        from wagtail.images import get_image_model

        from blocks import uploads

        pre_save.connect(uploads.make_safe, sender=get_image_model(), dispatch_uid="blocks.uploads.make_safe")
