"""Panels in the settings' forms: a phone that shows the tab bar or the official account's menu while staff type."""

from typing import Any

from django.urls import reverse
from wagtail.admin.panels import Panel

from blocks import roles
from cms.pages.roles import pages_with_roles
from themes.icons import MEDICAL_NAMES


class _PhonePanel(Panel):
    """A phone drawn by the browser from the form around it (studio/phone.js)."""

    def clone_kwargs(self) -> dict[str, Any]:
        """Return what a copy needs."""
        return {}

    class BoundPanel(Panel.BoundPanel):
        """The panel with its settings."""

        @property
        def media(self) -> Any:
            """The script that draws the phone."""
            from django.forms import Media

            return super().media + Media(js=["studio/phone.js"], css={"all": ["studio/studio.css"]})


class TabsPanel(_PhonePanel):
    """The portal's tab bar as patients see it, and which tab leads nowhere."""

    class BoundPanel(_PhonePanel.BoundPanel):
        """The panel with its settings."""

        template_name = "studio/tabs_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add which roles have a page, and where the icons are."""
            context = super().get_context_data(parent_context)
            site = getattr(self.instance, "site", None)
            found = pages_with_roles(site) if site is not None else {}
            return {
                **context,
                "roles_without_page": [code for code in roles.ROLES if code not in found],
                "medical": " ".join(sorted(MEDICAL_NAMES)),
                "hospital_name": self.instance.hospital_name,
            }


class MenuPanel(_PhonePanel):
    """The official account's menu as patients see it, and the way to push it."""

    class BoundPanel(_PhonePanel.BoundPanel):
        """The panel with its settings."""

        template_name = "studio/menu_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add where to push it and whether it stands in the account already."""
            from cms.studio.menu import is_pushed

            context = super().get_context_data(parent_context)
            may = self.request is not None and self.request.user.has_perm("studio.push_wechatmenu")
            return {
                **context,
                "push_url": reverse("studio_menu_push") if may else "",
                "is_pushed": is_pushed(self.instance),
                "pushed_at": self.instance.pushed_at,
            }
