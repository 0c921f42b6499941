"""Django app: editor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorConfig(AppConfig):
    """Configuration of the editor app."""

    name = "cms.editor"
    label = "editor"
    verbose_name = _("编辑器")
