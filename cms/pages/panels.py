"""What the page editor shows beside Wagtail's own panels."""

from collections.abc import Mapping
from typing import Any

from wagtail.admin.panels import Panel


class ChecksPanel(Panel):
    """Page checks of this page, in plain Chinese, above its content; absent where there is nothing to say."""

    class BoundPanel(Panel.BoundPanel):
        """The panel of one page."""

        template_name = "editor/checks_panel.html"

        def problems(self) -> list[Any]:
            """Return what would be wrong if this page were published as it was last saved."""
            from cms.pages import checks

            if not self.instance.pk or not self.instance.path:
                return []
            return checks.problems_of_publishing(self.instance)

        def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
            """Add the problems."""
            return {**super().get_context_data(parent_context), "problems": self.problems()}
