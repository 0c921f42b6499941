"""Django app: the page cache."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class PageCacheConfig(AppConfig):
    """Configuration of the page cache."""

    name = "cms.pages.cache"
    label = "page_cache"
    verbose_name = _("页面缓存")

    def ready(self) -> None:
        """Watch the database connections; tell the blocks how to name what they depend on."""
        from blocks import freshness
        from business import kept
        from cms.pages.cache import (
            checks,  # noqa: F401  # `check --deploy`
            compaction,  # noqa: F401  # the worker finds its sweep
            lookups,
            marks,
            memo,
            watch,
        )

        watch.install()
        kept.set_provider(lookups.all_rows)
        pre_migrate.connect(marks.pause, dispatch_uid="page_cache.pause")
        post_migrate.connect(marks.resume, sender=self, dispatch_uid="page_cache.resume")
        freshness.set_provider(
            freshness.Provider(
                depends_on=watch.depends_on,
                touch=marks.touch,
                remember=lookups.remember,
                rows=lookups.rows,
                many=memo.remember_many,
                drop=lambda kind, key: memo.drop((kind, key)),
                renew=marks.renew,
            )
        )
