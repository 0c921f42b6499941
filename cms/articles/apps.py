"""Django app: articles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    """Configuration of the articles app."""

    name = "cms.articles"
    label = "articles"
    verbose_name = _("文章")

    def ready(self) -> None:
        """Tell the blocks and the search where articles are, and the worker what to send."""
        from blocks.articles import reading
        from cms.articles import drafts, listing, views  # noqa: F401  # the outbox finds its handler
        from cms.articles import search as article_search

        provider = reading.Provider(listing.for_block, listing.index_url, listing.category_choices, views.style_url)
        reading.set_provider(provider)
        article_search.register()
