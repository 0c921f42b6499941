"""Builders: a site, pages with blocks, pictures."""

import io
import uuid
from typing import Any

import pytest
from django.core.files.images import ImageFile
from PIL import Image as Pillow
from wagtail.images.models import Image
from wagtail.models import Locale, Page, Site

from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings

__all__ = ["block", "home", "make_image", "make_page", "site"]


def block(kind: str, value: dict[str, Any] | None = None, *, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return one block as a page stores it."""
    return {"type": kind, "value": {**(value or {}), "settings": settings or {}}, "id": str(uuid.uuid4())}


def make_page(parent: Page, title: str, blocks: list[dict[str, Any]] | None = None, **fields: Any) -> PortalPage:
    """Add a live page with blocks below ``parent``."""
    page = PortalPage(title=title, slug=fields.pop("slug", None) or uuid.uuid4().hex[:10], **fields)
    page.body = blocks or []
    parent.refresh_from_db()
    parent.add_child(instance=page)
    return PortalPage.objects.get(pk=page.pk)


def make_image(title: str = "图") -> Image:
    """Add a small picture."""
    buffer = io.BytesIO()
    Pillow.new("RGB", (40, 20), (10, 111, 138)).save(buffer, "PNG")
    buffer.seek(0)
    return Image.objects.create(title=title, file=ImageFile(buffer, name=f"{uuid.uuid4().hex}.png"))


@pytest.fixture
def home(db: Any, settings: Any, tmp_path: Any) -> PortalPage:
    """Give a home page that is the root of the only site."""
    settings.MEDIA_ROOT = str(tmp_path)
    # A test with transactions of its own leaves the database empty behind it.
    Locale.objects.get_or_create(language_code="zh-hans")
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root")
    Site.objects.all().delete()
    for child in list(root.get_children()):
        child.delete()
    root = Page.get_first_root_node()
    page = make_page(root, "掌上医院", slug="home", service_role="home", is_home_style=True)
    Site.objects.create(hostname="testserver", root_page=page, is_default_site=True, site_name="测试")
    return page


@pytest.fixture
def site(home: PortalPage) -> Site:
    """Give the site, with a tab bar."""
    site = Site.objects.get()
    settings = PortalSettings.for_site(site)
    settings.hospital_name = "江城示范医院"
    settings.tabs = [{"type": "tab", "value": {"label": "首页", "icon": "home", "link": {"role": "home"}}}]
    settings.save()
    return site
