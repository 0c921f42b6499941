"""Detail pages: sections to read, and deeds that are checked, done and written down in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from business.security.errors import PortalError
from cms.backoffice.audit import trail
from cms.backoffice.ui.lists import GuardedMixin
from cms.backoffice.ui.sections import Section

UNPROCESSABLE = 422


class ReasonForm(forms.Form):
    """Why somebody does what will be written down under their name."""

    reason = forms.CharField(
        label=_("理由"),
        min_length=4,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("至少 4 个字，将写入操作记录"),
        error_messages={"required": _("请填写理由"), "min_length": _("请写得具体一些，至少 4 个字")},
    )


@dataclass(frozen=True)
class Action:
    """A deed offered on a detail page.

    ``perform`` gets the view, the row-locked record and the cleaned form, inside the transaction in which the deed is
    written down; it returns what is written beside it. It raises PortalError with a sentence to refuse.
    """

    code: str
    title: Any
    button: Any
    permission: str
    event: str
    perform: Callable[["DetailView", Any, dict[str, Any]], dict[str, Any]]
    form_class: type[forms.Form] = ReasonForm
    applies: Callable[[Any], bool] = lambda record: True
    note: Any = ""
    done: Any = "已完成"
    is_grave: bool = False
    # Show the same page again at once (un-masking) instead of going back to it.
    stays: bool = False


@dataclass
class Offered:
    """An action with its form and address, for the template."""

    action: Action
    form: forms.Form
    url: str

    def __getattr__(self, name: str) -> Any:
        """Read everything else from the action."""
        return getattr(self.action, name)


class DetailView(GuardedMixin, PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """One record: what is known of it, and what the person looking may do with it."""

    model: type[models.Model] | None = None
    any_permission_required = ["view"]
    template_name = "backoffice/detail.html"
    index_url_name: str | None = None
    inspect_url_name: str | None = None
    act_url_name: str | None = None
    related: tuple[str, ...] = ()
    actions: Sequence[Action] = ()
    unmasked = False

    def get_object(self) -> Any:
        """Return the record with what the page shows of it."""
        return get_object_or_404(self.model._default_manager.select_related(*self.related), pk=self.kwargs["pk"])

    def get_sections(self) -> list[Section]:
        """Return what the page shows of ``self.object``."""
        raise NotImplementedError

    def may(self, permission: str) -> bool:
        """Tell whether the person looking has a right, by its full name."""
        return self.request.user.has_perm(permission)

    def link(self, url_name: str, permission: str, pk: int | None) -> str | None:
        """Return the address of another record's page, None for those who may not open it."""
        return reverse(url_name, args=[pk]) if pk and self.may(permission) else None

    def get_page_title(self) -> str:
        """Name the kind of record."""
        return str(capfirst(self.model._meta.verbose_name))

    def get_page_subtitle(self) -> str:
        """Name the record."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": capfirst(self.model._meta.verbose_name_plural)},
            {"url": "", "label": self.get_page_subtitle()},
        ]

    def get(self, request: HttpRequest, pk: int, action: str = "") -> HttpResponse:
        """Show the record; a deed is not done by GET."""
        if action:
            return HttpResponseNotAllowed(["POST"])
        self.object = self.get_object()
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, pk: int, action: str = "") -> HttpResponse:
        """Do a deed: right, form, lock, deed and trace."""
        chosen = next((one for one in self.actions if one.code == action), None)
        if chosen is None:
            raise Http404(action)
        if not self.may(chosen.permission):
            raise PermissionDenied
        form = chosen.form_class(request.POST)
        done = form.is_valid() and self._try(chosen, form)
        if done and not chosen.stays:
            return redirect(reverse(self.inspect_url_name, args=[pk]))
        self.object = self.get_object()
        context = self.get_context_data(failed=(chosen.code, None if done else form))
        return self.render_to_response(context, status=200 if done else UNPROCESSABLE)

    def _try(self, action: Action, form: forms.Form) -> bool:
        """Do the deed and tell how it went; a refusal stands at the form and above the page."""
        try:
            self._perform(action, form.cleaned_data)
        except PortalError as refusal:
            form.add_error(None, refusal.sentence)
            messages.error(self.request, refusal.sentence)
            return False
        messages.success(self.request, str(action.done))
        return True

    @transaction.atomic
    def _perform(self, action: Action, cleaned: dict[str, Any]) -> None:
        record = get_object_or_404(self.model._default_manager.select_for_update(), pk=self.kwargs["pk"])
        if not action.applies(record):
            raise PortalError(str(_("当前状态下不能这样做，请刷新后再看")))
        detail = action.perform(self, record, cleaned)
        trail.deed(self.request, action.event, record, detail=detail)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add sections and the actions that apply."""
        failed_code, failed_form = kwargs.pop("failed", ("", None))
        context = super().get_context_data(**kwargs)
        context["object"] = self.object
        context["sections"] = self.get_sections()
        context["actions"] = [
            Offered(
                one,
                failed_form if one.code == failed_code and failed_form else one.form_class(auto_id=f"{one.code}_%s"),
                reverse(self.act_url_name, args=[self.object.pk, one.code]),
            )
            for one in self.actions
            if self.may(one.permission) and one.applies(self.object) and not (one.stays and self.unmasked)
        ]
        return context
