"""Every field of two versions of a page that differs."""

from typing import Any

from django.http import HttpRequest
from wagtail.models import Page


def changes_between(before: Page, after: Page, request: HttpRequest) -> list[Any]:
    """Return Wagtail's comparisons of the fields that differ, as the page's own form knows them."""
    panel = before.get_edit_handler().get_bound_panel(instance=before, request=request, form=None)
    compared = (comparison(before, after) for comparison in panel.get_comparison())
    return [one for one in compared if one.has_changed()]
