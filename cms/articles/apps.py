"""Django app: articles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    """Configuration of the articles app."""

    name = "cms.articles"
    label = "articles"
    verbose_name = _("文章")
