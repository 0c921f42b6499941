"""Django app: pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    """Configuration of the pages app."""

    name = "cms.pages"
    label = "pages"
    verbose_name = _("内容页面")

    def ready(self) -> None:
        """Tell the blocks where pages are."""
        from django.db.models.signals import post_delete
        from modelsearch.signal_handlers import post_delete_signal_handler

        from blocks import islands, profiles, roles
        from cms.pages import introductions, scheduled  # noqa: F401  # hear of synchronisations; the worker's sweep
        from cms.pages import profiles as page_profiles
        from cms.pages import search as page_search
        from cms.pages.cache.lookups import live_page
        from cms.pages.roles import resolve

        islands.set_live_page(live_page)
        roles.set_resolver(resolve)
        page_search.register()
        for model in self.get_models():
            if getattr(model, "search_auto_update", True) is False:
                post_delete.connect(post_delete_signal_handler, sender=model)
        profiles.set_provider("doctor", page_profiles.doctors)
        profiles.set_provider("department", page_profiles.departments)
