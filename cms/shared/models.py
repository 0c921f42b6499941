"""Shared content: a name, and blocks with drafts, versions, a lock and a preview like those of a page."""

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, PublishingPanel
from wagtail.models import DraftStateMixin, LockableMixin, Page, PreviewableMixin, RevisionMixin, Site

from blocks.previewing import PreviewOptions
from cms.pages.models import ComposedPage, PortalPage
from cms.shared.fields import SharedField
from cms.shared.forms import SharedBlockForm
from cms.shared.panels import UsesPanel


class SharedBlock(PreviewableMixin, LockableMixin, DraftStateMixin, RevisionMixin, models.Model):
    """A block, or a short run of blocks, for many pages (公用内容)."""

    name = models.CharField(
        _("名称"),
        max_length=40,
        unique=True,
        help_text=_("给同事看的，患者看不到，例如：咨询电话、就诊须知。"),
        error_messages={"unique": _("已经有一份公用内容叫这个名字，请换一个。")},
    )
    note = models.CharField(_("说明"), max_length=100, blank=True, help_text=_("一句话：放在哪里、谁来更新。"))
    body = SharedField(verbose_name=_("内容"))
    created_at = models.DateTimeField(_("新建时间"), auto_now_add=True)

    cache_tag = "shared"
    # What is written while staff only draft, lock or look.
    cache_quiet = frozenset(
        {"latest_revision_id", "has_unpublished_changes", "locked", "locked_at", "locked_by_id", "name", "note"}
    )
    # When it goes live is decided where it is.
    exclude_fields_in_bundle = ("first_published_at", "go_live_at", "expire_at")
    base_form_class = SharedBlockForm

    panels = [UsesPanel(), FieldPanel("name"), FieldPanel("note"), FieldPanel("body"), PublishingPanel()]

    class Meta:
        verbose_name = _("公用内容")
        verbose_name_plural = _("公用内容")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def raw_body(self) -> list[dict[str, Any]]:
        """Return the blocks as they are stored."""
        return list(self.body.get_prep_value())

    # --- preview: a page that holds nothing else -------------------------------------------------------------------

    preview_modes = ComposedPage.preview_modes
    preview_sizes = ComposedPage.preview_sizes

    def as_page(self) -> PortalPage:
        """Return a page, never saved, that shows these blocks: for previews and checks."""
        page = PortalPage(title=self.name or str(_("公用内容")), body=self.body, show_title_bar=False)
        site = Site.objects.select_related("root_page").order_by("-is_default_site", "pk").first()
        if site is not None:
            root = site.root_page
            page.path = Page._get_children_path_interval(root.path)[1]
            page.depth = root.depth + 1
            page.slug = "shared-content-preview"
            page.set_url_path(root)
        return page

    def make_preview_request(
        self,
        original_request: HttpRequest | None = None,
        preview_mode: str | None = None,
        extra_request_attrs: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Render as patients will see it on a page, at the moment and for the visitor the address names."""
        chosen = PreviewOptions.from_query(original_request.GET if original_request is not None else {})
        attributes = {"portal_preview": chosen, **(extra_request_attrs or {})}
        return super().make_preview_request(original_request, preview_mode, attributes)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """Answer with the page."""
        return self.as_page().serve_preview(request, mode_name)
