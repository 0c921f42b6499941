"""Django app: shared."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SharedConfig(AppConfig):
    """Configuration of shared content."""

    name = "cms.shared"
    label = "shared"
    verbose_name = _("公用内容")

    def ready(self) -> None:
        """Tell the blocks where shared content is; hear of publications."""
        from blocks.shared import reading
        from cms.shared import deeds, scheduled, uses  # noqa: F401  # signals; the worker's sweep

        reading.set_provider(uses.published, uses.Library)
