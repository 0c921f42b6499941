"""Lists in which a person is looked up by name, ID number or phone number."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from cms.backoffice.audit import trail
from cms.backoffice.ui import people
from cms.backoffice.ui.lists import DeskIndexView, GuardedMixin
from cms.backoffice.ui.viewsets import RecordViewSet


class PersonIndexView(DeskIndexView):
    """A list with the field that looks up a person."""

    template_name = "backoffice/persons.html"
    find_url_name = ""

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the look-up form; the filter has an id_person of its own."""
        context = super().get_context_data(*args, **kwargs)
        context["person_form"] = people.PersonForm(auto_id="find_%s")
        context["find_url"] = reverse(self.find_url_name)
        return context


class FindPersonView(GuardedMixin, PermissionCheckedMixin, View):
    """Turn what was typed about a person into a blind index and show the list under it."""

    any_permission_required = ["view"]
    model: Any = None
    index_url_name = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Look up; that somebody looked is written down, what they typed is not."""
        form = people.PersonForm(request.POST)
        if not request.user.has_perm("patients.view_patient"):
            raise PermissionDenied
        if not form.is_valid():
            messages.error(request, str(_("请输入完整的姓名、证件号、卡号或手机号")))
            return redirect(self.index_url_name)
        purpose, _field, value = people.kind_of(form.cleaned_data["person"])
        trail.deed(request, "patient.searched", object_type=self.model._meta.label, detail={"by": purpose})
        return redirect(f"{reverse(self.index_url_name)}?person={people.index_of(value)}")


class PersonViewSet(RecordViewSet):
    """Records of persons, which can be looked up by personal data."""

    index_view_class = PersonIndexView

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Add the address of the look-up."""
        return super().get_index_view_kwargs(find_url_name=self.get_url_name("find"), **kwargs)

    def get_urlpatterns(self) -> list[Any]:
        """Add the look-up."""
        return [*super().get_urlpatterns(), path("find/", self.construct_view(FindPersonView), name="find")]
