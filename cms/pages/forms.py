"""The editor's form of a composed page."""

from typing import Any

from cms.blockrules.forms import BlockRulesForm


class RolePageForm(BlockRulesForm):
    """Tells the page where it will live and whether it is about to go live, which its own ``clean`` cannot know."""

    def _post_clean(self) -> None:
        self.instance.role_must_be_free = not self.is_deferred_validation
        if self.parent_page is not None and not self.instance.path:
            self.instance.future_parent_path = self.parent_page.path
        super()._post_clean()

    def clean(self) -> dict[str, Any]:
        """Keep Wagtail's own rules."""
        return super().clean()
