"""Views of the tree, the deletion with its warning, the plan's editor, and the import of conditions."""

import json
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from business.hospital import conditions, place_queries, places
from business.hospital.models import Campus, Department, FloorPlan, Place
from business.security.errors import InvalidInput, PortalError, SeveralInvalid
from cms.backoffice.audit import trail
from cms.backoffice.places.forms import ImportForm
from cms.backoffice.ui.lists import DeskIndexView, GuardedMixin
from cms.backoffice.ui.viewsets import AuditedCreateView, AuditedEditView

LARGEST_BODY = 1_000_000
UNPROCESSABLE = 422


def desk_media(script: str) -> forms.Media:
    """Return the style sheet of these desks and one script, which waits for the page: Wagtail loads it in the head."""
    js = Script(f"backoffice/places/{script}", defer=True)
    return forms.Media(css={"all": ["backoffice/places/places.css"]}, js=[js])


class TreeView(DeskIndexView):
    """Campuses with their buildings, floors and rooms; order changes by dragging or with buttons."""

    template_name = "backoffice/places/tree.html"
    results_template_name = "backoffice/places/tree_nodes.html"

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the tree: three queries."""
        context = super().get_context_data(*args, **kwargs)
        roots = place_queries.tree(only_active=False)
        having_plan = set(FloorPlan.objects.values_list("floor_id", "pk"))
        user = self.request.user
        context |= {
            "campuses": [(campus, roots.get(campus.pk, [])) for campus in Campus.objects.order_by("sort", "pk")],
            "plans": dict(having_plan),
            "may_add": user.has_perm("hospital.add_place"),
            "may_change": user.has_perm("hospital.change_place"),
            "may_delete": user.has_perm("hospital.delete_place"),
            "desk_media": desk_media("tree.js"),
        }
        return context


class PlaceAddView(AuditedCreateView):
    """A new building (of a campus), floor or room."""

    def get_parent(self) -> Place | None:
        """Return below what it is added."""
        asked = self.request.GET.get("parent", "")
        if not asked:
            return None
        if not (asked.isascii() and asked.isdigit()):
            raise Http404
        return get_object_or_404(Place.objects.select_related("campus").exclude(kind=Place.Kind.ROOM), pk=asked)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form where."""
        initial = {"campus": self.request.GET.get("campus", "")} if self.request.GET.get("campus", "").isdigit() else {}
        return {**super().get_form_kwargs(), "parent": self.get_parent(), "initial": {"is_active": True, **initial}}

    def get_add_url(self) -> str:
        """Keep the parent in the form's address."""
        url: str = super().get_add_url()
        query = self.request.GET.urlencode()
        return f"{url}?{query}" if query else url


class PlaceEditView(AuditedEditView):
    """Facts of a place."""

    def get_success_url(self) -> str:
        """Go on to the plan's editor when a plan was just uploaded, else back to the tree."""
        plan = FloorPlan.objects.filter(floor=self.object.pk).first()
        if plan is not None and self.request.FILES.get("plan_file"):
            return reverse("desk_plans:inspect", args=[plan.pk])
        return super().get_success_url()


class PlaceDeleteView(GuardedMixin, PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """Ask before a place goes, with what goes along."""

    permission_required = "delete"
    template_name = "backoffice/places/delete.html"
    index_url_name = "desk_places:index"

    def get_page_title(self) -> str:
        """Name the deed."""
        return _("删除")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what goes along."""
        place = get_object_or_404(Place, pk=pk)
        context = self.get_context_data(place=place, uses=places.uses_of(place), back=reverse(self.index_url_name))
        return self.render_to_response(context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete, with a trace."""
        place = get_object_or_404(Place, pk=pk)
        with transaction.atomic():
            trail.deed(request, "record.deleted", place, detail={"name": place.label, "uses": places.uses_of(place)})
            places.delete(place)
        messages.success(request, _("已删除「%(name)s」。") % {"name": place.label})
        return redirect(self.index_url_name)


class PlaceMoveView(GuardedMixin, PermissionCheckedMixin, View):
    """Up, down, or beside another place; answers a script with JSON and a form with the tree."""

    permission_required = "change"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Move and write it down."""
        place = get_object_or_404(Place, pk=pk)
        given = request.POST
        try:
            with transaction.atomic():
                moved = places.move(
                    place,
                    direction=given.get("direction", "") if given.get("direction") in {places.UP, places.DOWN} else "",
                    before=self._other(given.get("before")),
                    after=self._other(given.get("after")),
                )
                if moved:
                    trail.deed(request, "record.changed", place, detail={"moved": place.label})
        except PortalError as refusal:
            if request.headers.get("X-Requested-With") == "fetch":
                return JsonResponse({"error": refusal.sentence}, status=UNPROCESSABLE)
            messages.error(request, refusal.sentence)
        if request.headers.get("X-Requested-With") == "fetch":
            return JsonResponse({"moved": True})
        return redirect(f"{reverse('desk_places:index')}#place-{place.pk}")

    @staticmethod
    def _other(text: str | None) -> Place | None:
        return get_object_or_404(Place, pk=int(text)) if text and text.isascii() and text.isdigit() else None


class PlanEditorView(GuardedMixin, PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """Draw rooms on a floor's plan and tie them to departments; the table beside it does the same by keyboard."""

    any_permission_required = ["view"]
    template_name = "backoffice/places/plan.html"
    # What the viewset hands to every view of a record.
    model: Any = None
    queryset: Any = None
    index_url_name = "desk_plans:index"
    related: tuple[str, ...] = ()
    actions: tuple[Any, ...] = ()

    def get_page_title(self) -> str:
        """Name the deed."""
        return _("楼层图")

    def get_page_subtitle(self) -> str:
        """Name the floor."""
        floor = self.plan.floor
        return f"{floor.campus.name} {floor.parent.name if floor.parent else ''} {floor.label}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("desk_places:index"), "label": _("楼宇与房间")},
            {"url": "", "label": self.get_page_subtitle()},
        ]

    def _plan(self, pk: int) -> FloorPlan:
        return get_object_or_404(FloorPlan.objects.select_related("floor__campus", "floor__parent"), pk=pk)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the plan with its rooms."""
        self.plan = self._plan(pk)
        floor = self.plan.floor
        campus = floor.campus
        departments = [d for d in place_queries.departments_at(None) if d.campus_id in {None, campus.pk}]
        data = {
            "width": self.plan.width,
            "height": self.plan.height,
            "version": self.plan.version,
            "rooms": rooms_of(floor),
            "uses": [{"code": code, "label": str(label)} for code, label in Place.Use.choices],
            "departments": [{"code": d.code, "name": d.name, "initials": d.initials} for d in departments],
            "mayChange": request.user.has_perm("hospital.change_place"),
            "saveUrl": reverse("desk_plans:act", args=[self.plan.pk]),
        }
        has_drawing = bool(self.plan.svg or self.plan.image)
        image = reverse("places-plan", args=[floor.ref, self.plan.version]) if has_drawing else ""
        context = self.get_context_data(
            plan=self.plan,
            data=data,
            image_url=image,
            edit_url=reverse("desk_places:edit", args=[floor.pk]),
            desk_media=desk_media("plan-editor.js"),
        )
        return self.render_to_response(context)


class PlanSaveView(GuardedMixin, PermissionCheckedMixin, View):
    """Take what the editor drew, as JSON."""

    any_permission_required = ["change"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Check, save and write down; answer with the rooms as they are now, or with what is wrong and where."""
        if not request.user.has_perm("hospital.change_place"):
            raise PermissionDenied
        plan = get_object_or_404(FloorPlan.objects.select_related("floor"), pk=pk)
        try:
            sent = json.loads(request.body) if len(request.body) <= LARGEST_BODY else None
        except (ValueError, RecursionError):
            sent = None
        if not isinstance(sent, dict) or not isinstance(sent.get("version"), str):
            return JsonResponse({"error": _("没有收到完整的内容，请刷新页面后再试")}, status=400)
        try:
            with transaction.atomic():
                rooms = places.save_rooms(plan, sent.get("rooms"), version=sent["version"])
                trail.deed(request, "record.changed", plan.floor, detail={"rooms": len(rooms)})
        except SeveralInvalid as wrong:
            return JsonResponse(
                {
                    "error": _("有几处要改，已在表格里标出"),
                    "fields": {one.field: one.sentence for one in wrong.errors},
                },
                status=UNPROCESSABLE,
            )
        except PortalError as refusal:
            return JsonResponse({"error": refusal.sentence}, status=UNPROCESSABLE)
        plan.refresh_from_db()
        return JsonResponse({"version": plan.version, "rooms": rooms_of(plan.floor)})


def rooms_of(floor: Place) -> list[dict[str, Any]]:
    """Return a floor's rooms as the editor takes and sends them: two queries."""
    rooms = places.rooms_of(floor).prefetch_related("links__department")
    return [
        {
            "ref": room.ref,
            "name": room.name,
            "number": room.number,
            "use": room.use,
            "way": room.way,
            "hours": room.hours,
            "shape": room.shape,
            "departments": [link.department.code for link in room.links.all()],
            "main": [link.department.code for link in room.links.all() if link.main_of_id],
        }
        for room in rooms
    ]


class ConditionImportView(GuardedMixin, PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """A spreadsheet of conditions, all rows or none."""

    any_permission_required = ["add"]
    template_name = "backoffice/places/import.html"

    def get_page_title(self) -> str:
        """Name the deed."""
        return _("导入病症")

    def _show(self, form: ImportForm, status: int = 200) -> HttpResponse:
        names = Department.objects.filter(is_active=True, children__isnull=True).order_by("tree_id", "lft")
        example = next(iter(names.values_list("name", flat=True)), "消化内科")
        rows = [conditions.COLUMNS, ("胃痛", "胃胀、反酸", "腹部", example, "", "空腹就诊")]
        context = self.get_context_data(form=form, rows=rows, back=reverse("desk_conditions:index"))
        return self.render_to_response(context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._show(ImportForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Import, with a trace."""
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                if file.size > conditions.LONGEST_CSV:
                    raise InvalidInput(_("文件超过 1 MB，请分成几个文件导入"), field="file")
                with transaction.atomic():
                    done = conditions.import_csv(file.read())
                    detail = {"imported": {"added": done.added, "changed": done.changed}}
                    trail.deed(request, "record.changed", object_type="hospital.Condition", detail=detail)
            except InvalidInput as error:
                form.add_error("file", ValidationError(error.sentence))
            else:
                said = _("导入完成：新增 %(added)d 个，更新 %(changed)d 个。")
                messages.success(request, said % {"added": done.added, "changed": done.changed})
                return redirect("desk_conditions:index")
        return self._show(form, UNPROCESSABLE)
