"""What the first page of the desk says of reviewing: what waits for me, what became of mine, what I look after."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from wagtail.admin.ui.components import Component

from cms.editor.moderation import queries


class WaitingPanel(Component):
    """What waits for the review of this person."""

    name = "portal_waiting"
    template_name = "editor/moderation/waiting_panel.html"
    order = 30

    def __init__(self, request: HttpRequest) -> None:
        """Ask."""
        self.rows = queries.waiting_for(request.user)

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the rows."""
        return {"rows": self.rows}


class SubmittedPanel(Component):
    """What became of what this person submitted."""

    name = "portal_submitted"
    template_name = "editor/moderation/submitted_panel.html"
    order = 32

    def __init__(self, request: HttpRequest) -> None:
        """Ask."""
        self.rows = queries.submitted_by(request.user)

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the rows."""
        return {"rows": self.rows}


class EditablePanel(Component):
    """The pages that the departments of this person look after."""

    name = "portal_editable"
    template_name = "editor/moderation/editable_panel.html"
    order = 34

    def __init__(self, request: HttpRequest) -> None:
        """Ask."""
        self.rows = queries.editable_by(request.user)

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the rows."""
        return {"rows": self.rows}


def add_to(request: HttpRequest, panels: list[Any]) -> None:
    """Put ours in the place of Wagtail's own, each only where it has something to say."""
    theirs = {"workflow_objects_to_moderate", "user_objects_in_workflow_moderation"}
    panels[:] = [panel for panel in panels if panel.name not in theirs]
    ours: tuple[Any, ...] = (WaitingPanel(request), SubmittedPanel(request), EditablePanel(request))
    panels += [panel for panel in ours if panel.rows]
