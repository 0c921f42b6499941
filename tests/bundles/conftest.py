"""A hand-made hospital to export, and an empty site to import it into."""

import io
from pathlib import Path
from typing import Any

import pytest
from wagtail.models import Page, Site

from cms.bundles.applying import Choices, apply
from cms.bundles.archive import Bundle
from cms.bundles.exporting import export
from cms.bundles.planning import Destination
from cms.pages.models import DepartmentPage, PortalPage
from tests.factories import DepartmentFactory
from tests.pages.building import *  # noqa: F403
from tests.pages.building import block, make_image, make_page


class Carrier:
    """Exports and imports in tests."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0

    def export(self, root: Page, **options: Any) -> Path:
        out = io.BytesIO()
        export(root, out, exporter="test", **options)
        self.number += 1
        path = self.folder / f"bundle-{self.number}.zip"
        path.write_bytes(out.getvalue())
        return path

    def load(self, path: Path, to: Site | Page, **choices: Any) -> Any:
        return apply(
            Bundle(path), destination(to), Choices(**{"publish": True, **choices}), user=None, progress=lambda *_: None
        )


def destination(to: Site | Page) -> Destination:
    if isinstance(to, Site):
        return Destination(site=Site.objects.select_related("root_page").get(pk=to.pk))
    return Destination(parent=Page.objects.get(pk=to.pk))


@pytest.fixture
def carrier(tmp_path: Path) -> Carrier:
    return Carrier(tmp_path)


@pytest.fixture
def hospital(home: PortalPage, site: Site) -> PortalPage:
    """Give a home page with pictures and links, pages of blocks, a department's introduction, a draft."""
    picture = make_image("门诊楼")
    department = DepartmentFactory(code="D01", name="消化内科")
    guide = make_page(home, "就医指南", [block("rich_text", {"text": "<p>先预约</p>"})], slug="guide")
    intro = DepartmentPage(
        title="消化内科",
        slug="gastro",
        department=department,
        photo=picture,
        body=[block("rich_text", {"text": "<p>简介</p>"})],
    )
    home.refresh_from_db()
    home.add_child(instance=intro)
    text = (
        f'<p>见<a linktype="page" id="{guide.pk}">指南</a></p>'
        f'<embed alt="楼" embedtype="image" format="fullwidth" id="{picture.pk}"/>'
    )
    slide = {"image": {"image": picture.pk, "alt_text": "楼", "decorative": False}, "link": {"page": intro.pk}}
    home.refresh_from_db()
    home.body = [
        block("banner", {"slides": [{"type": "item", "value": slide, "id": "b2f9c1de-0000-4000-8000-000000000001"}]}),
        block("rich_text", {"title": "说明", "text": text}),
        block(
            "notice",
            {"text": "只给本院区", "link": {"page": guide.pk}},
            settings={"campuses": [department.campus.code]},
        ),
    ]
    home.save()
    home.save_revision().publish()
    draft = make_page(home, "草稿", [block("notice", {"text": "没发布"})], slug="draft", live=False)
    draft.save_revision()
    return PortalPage.objects.get(pk=home.pk)


@pytest.fixture
def empty_site(hospital: PortalPage) -> Site:
    """Give another site of the same installation, with a bare page as its root."""
    root = Page.get_first_root_node()
    welcome = root.add_child(instance=Page(title="欢迎", slug="welcome"))
    return Site.objects.create(hostname="branch.example", root_page=welcome, site_name="分院")
