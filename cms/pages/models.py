"""Page types: composed pages, and the introductions of departments and doctors."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from modelsearch.tasks import insert_or_update_object_task
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, PublishingPanel, TabbedInterface
from wagtail.models import COMMENTS_RELATION_NAME, Page, PageViewRestriction
from wagtail.signal_handlers import disable_reference_index_auto_update

from blocks import roles
from blocks.previewing import PreviewOptions
from blocks.registry import PortalStreamField
from blocks.rendering import WHOLE_PARAMETER, Rendering, shell_lifetime
from cms.blockrules.forms import BlockRulesForm
from cms.pages.cache.lookups import may_be_restricted
from cms.pages.cache.neutral import HOLE, NeutralRequest
from cms.pages.cache.shells import Made, fill
from cms.pages.cache.watch import NoteTaking
from cms.pages.forms import RolePageForm
from cms.pages.panels import ChecksPanel
from cms.pages.roles import site_holding
from cms.pages.settings import PortalSettings
from cms.pages.shell import Shell, page_shell, wear
from themes.look import Look

__all__ = ["ComposedPage", "DepartmentPage", "DoctorPage", "PortalPage", "PortalSettings"]

# Shared caches in front of the portal (nginx) may keep a shell this long, so that a publication is seen within a
# second; browsers always ask. The portal's own cache is exact (cms.pages.cache).
SHELL_SECONDS = 1

# What Wagtail writes on the page itself while staff draft: neither search nor references know of it.
NOTES_OF_DRAFTS = frozenset(
    {
        "latest_revision",
        "latest_revision_created_at",
        "draft_title",
        "has_unpublished_changes",
        COMMENTS_RELATION_NAME,
    }
)
# Nobody types these: foreign keys and uniqueness are the database's own constraints, a question each saves nothing.
HELD_BY_THE_DATABASE = frozenset(
    {"path", "locale", "translation_key", "content_type", "owner", "latest_revision", "live_revision", "alias_of"}
)

# Whose introduction a page is, its department's own staff do not decide.
PUBLICITY = "hospital.change_place"
PHOTO_HINT = _("竖版照片最好；裁剪时保留图片编辑页里框出的焦点，人脸不会被切掉。")

# Wagtail gives every page class a template name of its own; an inherited one does not count.
INTRODUCTION_TEMPLATE = "pages/introduction_page.html"

PREVIEW_LIGHT, PREVIEW_DARK, PREVIEW_CARE, PREVIEW_CARE_DARK = "", "dark", "care", "care.dark"


def is_whole(request: HttpRequest) -> bool:
    """Whether a page is rendered for one visitor: preview, the answer to a plain form, or asked for (``?whole=1``)."""
    return bool(
        getattr(request, "is_preview", False)
        or getattr(request, "portal_rendering_extra", None)
        or request.GET.get(WHOLE_PARAMETER) == "1"
    )


class ComposedPage(Page):
    """What all pages of blocks share: the body, the shell, the phone-sized preview."""

    show_title_bar = models.BooleanField(_("显示标题栏"), default=True)
    body = PortalStreamField(verbose_name=_("页面内容"), blank=True)

    is_home_style = False
    show_in_menus_default = False
    # save() tells the search index itself.
    search_auto_update = False
    base_form_class = BlockRulesForm

    settings_panels = [PublishingPanel()]
    promote_panels = [
        MultiFieldPanel(
            [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description")], heading=_("地址与搜索")
        )
    ]

    class Meta:
        abstract = True

    # --- patients' side ------------------------------------------------------------------------------------------

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the shell and how the body is to be rendered."""
        is_preview = bool(getattr(request, "is_preview", False))
        extra = getattr(request, "portal_rendering_extra", None)
        whole = is_whole(request)
        rendering = Rendering(page=self, request=request, whole=whole, is_preview=is_preview, extra=extra or {})
        if is_preview:
            rendering.preview = getattr(request, "portal_preview", rendering.preview)
            rendering.now = rendering.preview.moment
            request.portal_visitor = rendering.preview.visitor(request)  # type: ignore[attr-defined]
        context = super().get_context(request, *args, **kwargs)
        shell = page_shell(self, request, personal=whole and not is_preview)
        if is_preview:
            wear(shell, Look.from_cookie(getattr(request, "preview_mode", "") or "light"))
            shell.campus = rendering.preview.campus
        context.update(
            rendering=rendering,
            preview=rendering.preview if is_preview else None,
            shell=shell,
            page_title=self.title,
            page_description=self.search_description or self.describe(shell.hospital_name),
            whole_url="" if whole else f"{rendering.page_url}?{HOLE}",
        )
        return context

    def describe(self, hospital_name: str) -> str:
        """Return what search engines and shared links say of the page where staff wrote nothing."""
        return _("%(hospital)s掌上医院：%(title)s") % {"hospital": hospital_name, "title": self.title}

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Serve the shell for everybody, or the whole page for one visitor (``?whole=1``)."""
        if is_whole(request):
            response: TemplateResponse = super().serve(request, *args, **kwargs)
            patch_cache_control(response, no_store=True, private=True)
            return response
        # Nothing of the visitor can get into a shell that is made without the visitor.
        neutral = NeutralRequest(request)
        with NoteTaking() as notes:
            response = super().serve(neutral, *args, **kwargs)
            response.render()
            lifetime, changes_at = shell_lifetime(self.body, timezone.now(), SHELL_SECONDS)
            frame: Shell = (response.context_data or {})["shell"]
            notes.add(until=changes_at)
            notes.add(until=frame.changes_at)
        response.portal_shell = Made(response.content, notes, neutral.names_read)
        response.content = fill(response.content, request)
        patch_cache_control(response, public=True, max_age=0, s_maxage=frame.kept_for(lifetime))
        return response

    def get_view_restrictions(self) -> Any:
        """Return Wagtail's answer; without asking where nothing above this page is restricted."""
        if not may_be_restricted(self):
            return PageViewRestriction.objects.none()
        return super().get_view_restrictions()

    # --- saving --------------------------------------------------------------------------------------------------

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Leave the indexes of search and references alone where only the note of a draft is written."""
        fields = kwargs.get("update_fields")
        if fields is None or not set(fields) <= NOTES_OF_DRAFTS:
            saved = super().save(*args, **kwargs)
            insert_or_update_object_task.enqueue(self._meta.app_label, self._meta.model_name, str(self.pk))
            return saved
        with disable_reference_index_auto_update():
            return super().save(*args, **kwargs)

    def full_clean(self, exclude: Any = None, **kwargs: Any) -> None:
        """Validate what staff can change; the rest of a saved page is held by the database itself, without asking."""
        known = HELD_BY_THE_DATABASE if self.pk else frozenset()
        super().full_clean(exclude={*(exclude or ()), *known}, **kwargs)

    # --- editors' side -------------------------------------------------------------------------------------------

    def make_preview_request(
        self,
        original_request: HttpRequest | None = None,
        preview_mode: str | None = None,
        extra_request_attrs: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Render the page as patients will see it, at the moment and for the visitor the address names."""
        chosen = PreviewOptions.from_query(original_request.GET if original_request is not None else {})
        attributes = {"portal_preview": chosen, **(extra_request_attrs or {})}
        return super().make_preview_request(original_request, preview_mode, attributes)

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """Light, dark and care mode."""
        return [
            (PREVIEW_LIGHT, _("浅色")),
            (PREVIEW_DARK, _("深色")),
            (PREVIEW_CARE, _("关怀版")),
            (PREVIEW_CARE_DARK, _("关怀版 · 深色")),
        ]

    @property
    def preview_sizes(self) -> list[dict[str, Any]]:
        """Phones first; the widths patients have."""
        return [
            {"name": "phone", "icon": "mobile-alt", "device_width": 390, "label": _("手机 390")},
            {"name": "small", "icon": "mobile-alt", "device_width": 360, "label": _("小屏手机 360")},
            {"name": "tablet", "icon": "tablet-alt", "device_width": 768, "label": _("平板 768")},
            {"name": "desktop", "icon": "desktop", "device_width": 1280, "label": _("电脑 1280")},
        ]


class PortalPage(ComposedPage):
    """A composed page, with a service role where it is a step of the portal (组合页面)."""

    service_role = models.CharField(
        _("页面用途"),
        max_length=40,
        blank=True,
        db_index=True,
        choices=roles.choices,
        help_text=_("这一页承担的功能。其他页面的按钮按用途找到它；每种用途只能有一个已发布的页面。"),
    )
    is_home_style = models.BooleanField(
        _("首页样式"), default=False, help_text=_("顶部显示医院名称、院徽和搜索，代替标题栏。")
    )

    template = "pages/portal_page.html"
    base_form_class = RolePageForm
    parent_page_types = ["wagtailcore.Page", "pages.PortalPage"]
    page_description = _("由组件拼成的页面：首页、服务页、专题页都用它。")
    # A copy is another page: it does not take over the role of the original.
    exclude_fields_in_copy = ["service_role"]

    content_panels = [ChecksPanel(), *Page.content_panels, FieldPanel("body")]
    look_panels = [
        FieldPanel("service_role"),
        MultiFieldPanel([FieldPanel("show_title_bar"), FieldPanel("is_home_style")], heading=_("页面样式")),
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(content_panels, heading=_("内容")),
            ObjectList(look_panels, heading=_("用途与样式")),
            ObjectList(ComposedPage.promote_panels, heading=_("地址与搜索")),
            ObjectList(ComposedPage.settings_panels, heading=_("发布时间")),
        ]
    )

    class Meta:
        verbose_name = _("组合页面")
        verbose_name_plural = _("组合页面")

    def role_holder(self) -> "PortalPage | None":
        """Return another live page of the same site that has this page's role."""
        if not self.service_role:
            return None
        others = PortalPage.objects.live().filter(service_role=self.service_role).exclude(pk=self.pk)
        site = site_holding(self.path or getattr(self, "future_parent_path", ""))
        # Outside every site nobody can reach the page: it takes no role from anybody.
        return others.descendant_of(site.root_page, inclusive=True).first() if site is not None else None

    def clean(self) -> None:
        """Refuse a second live page of one role; drafts may prepare one (the form says which it is)."""
        super().clean()
        if not getattr(self, "role_must_be_free", self.live):
            return
        if holder := self.role_holder():
            raise ValidationError(
                {
                    "service_role": _("「%(title)s」已经是「%(role)s」页。请先把那一页的用途改掉，再发布这一页。")
                    % {"title": holder.title, "role": roles.label_of(self.service_role)}
                }
            )


class IntroductionPage(ComposedPage):
    """A staff-composed introduction with a picture; names and titles above it come from HIS."""

    photo = models.ForeignKey(
        "wagtailimages.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("照片"),
    )

    parent_page_types = ["pages.PortalPage"]
    subpage_types: list[str] = []

    class Meta:
        abstract = True

    def facts(self) -> dict[str, Any]:
        """Return what HIS knows, as the head of the page shows it."""
        return {}

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add what HIS knows."""
        context = super().get_context(request, *args, **kwargs)
        facts = self.facts()
        if department := facts.get("department"):
            facts["booking_url"] = roles.url_for("registration.doctors", request, department=department)
        if not self.search_description and facts.get("lines"):
            context["page_description"] = f"{context['page_description']}。{' '.join(facts['lines'])}"
        return {**context, "facts": facts}


class DepartmentPage(IntroductionPage):
    """The introduction of a department (科室介绍)."""

    department = models.OneToOneField(
        "hospital.Department", models.PROTECT, related_name="page", verbose_name=_("科室")
    )

    template = INTRODUCTION_TEMPLATE
    page_description = _("一个科室的介绍；科室的名称、位置来自 HIS。")
    content_panels = [
        *Page.content_panels,
        FieldPanel("department", permission=PUBLICITY),
        FieldPanel("photo", help_text=PHOTO_HINT),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("科室介绍")
        verbose_name_plural = _("科室介绍")

    def facts(self) -> dict[str, Any]:
        """Return the department's name, place and summary."""
        department = self.department
        lines = [line for line in (department.location, department.summary) if line]
        return {"name": department.name, "lines": lines, "department": department.ref if department.is_active else ""}


class DoctorPage(IntroductionPage):
    """The introduction of a doctor (医生介绍)."""

    doctor = models.OneToOneField("hospital.Doctor", models.PROTECT, related_name="page", verbose_name=_("医生"))

    template = INTRODUCTION_TEMPLATE
    page_description = _("一位医生的介绍和照片；姓名、职称、擅长来自 HIS。")
    content_panels = [
        *Page.content_panels,
        FieldPanel("doctor", permission=PUBLICITY),
        FieldPanel("photo", help_text=PHOTO_HINT),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("医生介绍")
        verbose_name_plural = _("医生介绍")

    def facts(self) -> dict[str, Any]:
        """Return the doctor's name, title, departments and specialty."""
        doctor = self.doctor
        departments = [department for department in doctor.departments.all() if department.is_active]
        # Some write the word themselves.
        specialty = doctor.specialty.removeprefix("擅长").lstrip("：: ")
        specialty = _("擅长：%(specialty)s") % {"specialty": specialty} if specialty else ""
        return {
            "name": doctor.name,
            "title": doctor.title,
            "gender": doctor.gender,
            "lines": [line for line in ("、".join(d.name for d in departments), specialty) if line],
            "department": departments[0].ref if departments and doctor.is_active else "",
        }


def introduction_edit_handler(page_class: type[IntroductionPage]) -> TabbedInterface:
    """Return the editor of an introduction: content, address, publishing."""
    return TabbedInterface(
        [
            ObjectList(page_class.content_panels, heading=_("内容")),
            ObjectList([*ComposedPage.promote_panels, FieldPanel("show_title_bar")], heading=_("地址与搜索")),
            ObjectList(ComposedPage.settings_panels, heading=_("发布时间")),
        ]
    )


DepartmentPage.edit_handler = introduction_edit_handler(DepartmentPage)
DoctorPage.edit_handler = introduction_edit_handler(DoctorPage)
