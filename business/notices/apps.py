"""Django app: notices."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    """Configuration of the notices app."""

    name = "business.notices"
    label = "notices"
    verbose_name = _("公告")
