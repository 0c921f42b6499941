"""Django app: bundles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BundlesConfig(AppConfig):
    """Configuration of the bundles app."""

    name = "cms.bundles"
    label = "bundles"
    verbose_name = _("门户包")
