"""Where shared content is used, told before it is changed."""

from collections.abc import Mapping
from typing import Any

from wagtail.admin.panels import Panel


class UsesPanel(Panel):
    """The pages that show this content, above its form."""

    class BoundPanel(Panel.BoundPanel):
        """The panel of one shared content."""

        template_name = "shared/uses_panel.html"

        def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
            """Add the pages."""
            from cms.shared.uses import pages_using

            context = super().get_context_data(parent_context)
            return {**context, "uses": pages_using(self.instance) if self.instance.pk else [], "shared": self.instance}
