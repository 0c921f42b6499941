"""Portal bundles in the desk: export, upload, difference, import. Administrators only."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from wagtail.admin import messages
from wagtail.models import Page, Site

from cms.bundles import services
from cms.bundles.applying import Choices, compare
from cms.bundles.archive import Bundle
from cms.bundles.errors import BundleError
from cms.bundles.forms import DestinationForm, ExportForm, UploadForm
from cms.bundles.models import Upload
from cms.bundles.planning import Plan, Status

RIGHT = "bundles.carry_portal"
STATUS_LABELS = {
    Status.CONFLICT: gettext_lazy("有冲突"),
    Status.NEW: gettext_lazy("新增"),
    Status.CHANGED: gettext_lazy("更新"),
    Status.BLOCKED: gettext_lazy("不能导入"),
    Status.SAME: gettext_lazy("没有变化"),
}
View = Callable[..., Any]


def administrators(view: View) -> View:
    """Keep everybody else out."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_perm(RIGHT):  # type: ignore[union-attr]
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@administrators
@require_GET
def index(request: HttpRequest, *, upload_form: UploadForm | None = None, status: int = 200) -> HttpResponse:
    """Offer export and import."""
    number = request.GET.get("page", "")
    page = Page.objects.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    initial = {"page": page} if page is not None else {"site": Site.objects.order_by("-is_default_site").first()}
    context = {"export_form": ExportForm(initial=initial), "upload_form": upload_form or UploadForm()}
    return render(request, "bundles/index.html", context, status=status)


@administrators
@require_POST
def export(request: HttpRequest) -> HttpResponse | FileResponse:
    """Send a bundle."""
    form = ExportForm(request.POST)
    if not form.is_valid():
        context = {"export_form": form, "upload_form": UploadForm()}
        return render(request, "bundles/index.html", context, status=422)
    chosen = form.cleaned_data
    root = (chosen["site"].root_page if chosen["site"] else chosen["page"]).specific
    file = services.export_page(
        request, root, with_templates=chosen["with_templates"], with_redirects=chosen["with_redirects"]
    )
    name = slugify(root.title, allow_unicode=True) or "portal"
    return FileResponse(file, as_attachment=True, filename=f"{name}-{timezone.localtime():%Y%m%d-%H%M}.zip")


@administrators
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take a bundle; a broken one is refused with the reason."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            kept = services.keep(request, form.cleaned_data["file"])
        except BundleError as error:
            form.add_error("file", error.sentence)
        else:
            return redirect("bundles:difference", kept.pk)
    site = Site.objects.order_by("-is_default_site").first()
    context = {"export_form": ExportForm(initial={"site": site}), "upload_form": form}
    return render(request, "bundles/index.html", context, status=422)


def _bundle(request: HttpRequest, pk: int) -> tuple[Upload, Bundle]:
    waiting = get_object_or_404(Upload, pk=pk, staff=request.user)
    return waiting, Bundle(waiting.file.path)


def _destination(data: QueryDict | dict[str, Any]) -> DestinationForm:
    if not data.get("site") and not data.get("page"):
        site = Site.objects.order_by("-is_default_site").first()
        data = {"site": site.pk if site is not None else ""}
    return DestinationForm(data)


def _groups(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"status": status.value, "label": label, "rows": plan.of(status)}
        for status, label in STATUS_LABELS.items()
        if plan.of(status)
    ]


@administrators
@require_GET
def difference(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an import would do."""
    try:
        waiting, bundle = _bundle(request, pk)
        form = _destination(request.GET)
        plan = compare(bundle, form.destination()) if form.is_valid() else None
    except BundleError as error:
        messages.error(request, error.sentence)
        return redirect("bundles:index")
    context = {
        "upload": waiting,
        "manifest": bundle.manifest,
        "form": form,
        "plan": plan,
        "groups": _groups(plan) if plan is not None else [],
        "things": [(row, STATUS_LABELS[row.status]) for row in plan.things] if plan is not None else [],
        "has_redirects": bool(bundle.parts["redirects.json"]),
        "has_templates": bool(bundle.parts["templates.json"]),
        "settings_are_new": plan is not None and all(row[1] == "new" for row in plan.settings),
    }
    return render(request, "bundles/difference.html", context, status=200 if plan is not None else 422)


@administrators
@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Import what was shown, as staff decided."""
    form = DestinationForm(request.POST)
    if not form.is_valid():
        return redirect("bundles:difference", pk)
    data = request.POST
    choices = Choices(
        publish=data.get("state") == "live",
        take=frozenset(name.removeprefix("take-") for name, value in data.items() if value == "theirs"),
        codes={name: data[name] for name in data if name.startswith("code:")},
        settings=data.get("settings") == "on",
        redirects=data.get("redirects") == "on",
        templates=data.get("templates") == "on",
    )
    try:
        waiting, _read = _bundle(request, pk)
        outcome = services.import_upload(request, waiting, form.destination(), choices)
    except BundleError as error:
        messages.error(request, error.sentence)
        return redirect(f"{request.path_info.removesuffix('apply/')}?{_where(form)}")
    return render(request, "bundles/outcome.html", {"outcome": outcome, "base": form.destination().base})


def _where(form: DestinationForm) -> str:
    site, page = form.cleaned_data["site"], form.cleaned_data["page"]
    return f"site={site.pk}" if site else f"page={page.pk}"


@administrators
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget an upload."""
    services.forget(get_object_or_404(Upload, pk=pk, staff=request.user))
    messages.success(request, _("已取消导入，什么都没有改变。"))
    return redirect("bundles:index")


@administrators
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell how far an import is."""
    done, total = cache.get(services.progress_key(pk)) or (0, 0)
    return JsonResponse({"done": done, "total": total})
