"""Django app: help."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HelpConfig(AppConfig):
    """Configuration of the help app."""

    name = "cms.help"
    label = "help"
    verbose_name = _("帮助中心")

    def ready(self) -> None:
        """Tell the blocks and the portal's search where answers are."""
        from blocks import search
        from blocks.help import reading
        from cms.help import finding, listing

        reading.set_provider(
            reading.Provider(listing.categories, listing.answers, finding.cards_for, listing.category_choices)
        )
        search.register("help", _("帮助"), finding.find_answers, order=40)
