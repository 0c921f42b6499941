"""Viewsets over business records: read-only ones, and settings whose every change is written down."""

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.viewsets.model import ModelViewSet

from business.security.masking import mask_text
from cms.backoffice.audit import trail
from cms.backoffice.ui.details import DetailView
from cms.backoffice.ui.lists import DeskIndexView, GuardedMixin


class RecordViewSet(ModelViewSet):
    """A list and a detail page; no adding, no editing, no deleting, no usage, no history."""

    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    sort_order_field = None
    list_per_page = 30
    index_view_class = DeskIndexView
    inspect_view_class = DetailView
    # Handed to the list and the detail page.
    exact_fields: tuple[str, ...] = ()
    search_hint: Any = ViewSet.UNDEFINED
    related: tuple[str, ...] = ()
    export_permission: Any = ViewSet.UNDEFINED
    intro: Any = ViewSet.UNDEFINED

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Offer no address that does not exist."""
        return super().get_common_view_kwargs(
            **{
                "add_url_name": None,
                "edit_url_name": None,
                "delete_url_name": None,
                "history_url_name": None,
                "usage_url_name": None,
                "related": self.related,
                **kwargs,
            }
        )

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Add the search and the export's right."""
        return super().get_index_view_kwargs(
            **{
                "exact_fields": self.exact_fields,
                "search_hint": self.search_hint,
                "export_permission": self.export_permission,
                "intro": self.intro,
                **kwargs,
            }
        )

    def get_inspect_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Add the address of deeds; the view brings its own template."""
        return {"act_url_name": self.get_url_name("act"), **kwargs}

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return the addresses of list, detail page and deeds."""
        patterns = [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
        ]
        if self.inspect_view_enabled:
            patterns.append(path("<int:pk>/", self.inspect_view, name="inspect"))
        if self.inspect_view_enabled and self.inspect_view_class.actions:
            patterns.append(path("<int:pk>/<slug:action>/", self.inspect_view, name="act"))
        return patterns

    def register_admin_url_finder(self) -> None:
        """There is no edit page to find."""


def written(value: Any) -> Any:
    """Return a setting's value as it is written into the trail."""
    if isinstance(value, Model):
        return str(value)
    return value if isinstance(value, (bool, int, dict, list)) or value is None else mask_text(str(value))


def named(form: Any, name: str) -> str:
    """Return a setting's Chinese name, as the form has it."""
    return str(form.fields[name].label or name)


class AuditedEditView(GuardedMixin, generic.EditView):
    """Save a setting and, in the same transaction, what it was and what it is now."""

    def form_valid(self, form: Any) -> Any:
        """Save deed and trace together."""
        with transaction.atomic():
            stored = self.model._default_manager.select_for_update().get(pk=self.object.pk)
            changed = [name for name in form.changed_data if hasattr(stored, name)]
            before = {named(form, name): written(getattr(stored, name)) for name in changed}
            response = super().form_valid(form)
            after = {named(form, name): written(getattr(self.object, name)) for name in changed}
            trail.deed(self.request, "record.changed", self.object, detail={"before": before, "after": after})
        return response


class AuditedCreateView(GuardedMixin, generic.CreateView):
    """Create a setting and write down what it is."""

    def form_valid(self, form: Any) -> Any:
        """Save deed and trace together."""
        with transaction.atomic():
            response = super().form_valid(form)
            names = [name for name in form.fields if hasattr(self.object, name)]
            after = {named(form, name): written(getattr(self.object, name)) for name in names}
            trail.deed(self.request, "record.created", self.object, detail={"after": after})
        return response


class SettingViewSet(ModelViewSet):
    """What staff may change: a list, a form to add, a form to edit. Nothing is deleted: it is switched off."""

    add_to_reference_index = False
    copy_view_enabled = False
    sort_order_field = None
    list_per_page = 30
    index_view_class = DeskIndexView
    add_view_class = AuditedCreateView
    edit_view_class = AuditedEditView
    may_add = True
    related: tuple[str, ...] = ()
    intro: Any = ViewSet.UNDEFINED

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Offer no address that does not exist."""
        absent = {"delete_url_name": None, "history_url_name": None, "usage_url_name": None, "related": self.related}
        if not self.may_add:
            absent["add_url_name"] = None
        return super().get_common_view_kwargs(**{**absent, **kwargs})

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sentence above the list."""
        return super().get_index_view_kwargs(**{"intro": self.intro, **kwargs})

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return the addresses of list and forms."""
        patterns = [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("edit/<int:pk>/", self.edit_view, name="edit"),
        ]
        if self.may_add:
            patterns.append(path("new/", self.add_view, name="add"))
        return patterns

    def register_permissions(self) -> None:
        """Register the right to view too: lists are read by those who may not edit."""
        hooks.register("register_permissions", self.all_permissions)

    def all_permissions(self) -> Any:
        """Return every right over the model."""
        from django.contrib.auth.models import Permission
        from django.contrib.contenttypes.models import ContentType

        return Permission.objects.filter(content_type=ContentType.objects.get_for_model(self.model))
