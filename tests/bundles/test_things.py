"""What travels beside pages: shared content, themes with their timetable, tab bar, the account's menu, files."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Pillow
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from blocks.uploads import is_plain
from cms.bundles.applying import compare
from cms.bundles.archive import Bundle
from cms.bundles.errors import BundleError
from cms.bundles.models import Origin
from cms.bundles.planning import Status
from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings
from cms.shared.models import SharedBlock
from cms.studio import services as studio
from cms.studio.models import Theme, ThemeUse, WechatMenu
from tests.bundles.conftest import destination
from tests.pages.building import block, make_image, make_page
from tests.shared.making import make_shared, place, say, words
from themes.design.spec import ThemeSpec

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.16")]


def forget_everything() -> None:
    """Leave an installation that never saw the hospital."""
    for page in Page.objects.filter(depth=2):
        page.delete()
    for model in (Site, SharedBlock, ThemeUse, Theme, WechatMenu, Origin):
        model.objects.all().delete()


def new_site() -> Site:
    root = Page.get_first_root_node().add_child(instance=Page(title="欢迎", slug="welcome"))
    return Site.objects.create(hostname="testserver", root_page=root, is_default_site=True, site_name="新")


@pytest.fixture
def shared(home: PortalPage, site: Site) -> SharedBlock:
    """Give shared content with a link to a page that shows it."""
    guide = make_page(home, "指南", [], slug="guide")
    link = {"kind": "page", "page": guide.pk}
    content = make_shared("咨询电话", [words("电话 8000"), block("notice", {"text": "看指南", "link": link})])
    page = PortalPage.objects.get(pk=guide.pk)
    page.body = [place(content)]
    page.save_revision().publish()
    return content


class TestSharedContent:
    def test_it_travels_with_the_pages_that_show_it(
        self, shared: SharedBlock, home: PortalPage, carrier: Any, client: Any
    ) -> None:
        path = carrier.export(home)
        forget_everything()
        site = new_site()
        carrier.load(path, site)

        arrived = SharedBlock.objects.get()
        guide = PortalPage.objects.get(slug="guide")
        assert guide.body.raw_data[0]["value"]["content"] == arrived.pk
        assert arrived.live
        assert arrived.body.raw_data[1]["value"]["link"]["page"] == guide.pk
        assert "电话 8000" in client.get("/guide/").content.decode()
        # Twice is once.
        again = compare(Bundle(path), destination(site))
        assert [row.status for row in again.things] == [Status.SAME]
        assert again.counts["same"] == 2
        carrier.load(path, site)
        assert SharedBlock.objects.count() == 1

    def test_a_later_bundle_brings_it_up_to_date_and_a_change_here_is_a_conflict(
        self, shared: SharedBlock, home: PortalPage, carrier: Any
    ) -> None:
        first = carrier.export(home)
        say(shared, "电话 9000")
        second = carrier.export(home)
        forget_everything()
        site = new_site()
        carrier.load(first, site)
        assert [row.status for row in compare(Bundle(second), destination(site)).things] == [Status.CHANGED]
        carrier.load(second, site)
        arrived = SharedBlock.objects.get()
        assert "电话 9000" in str(arrived.body.raw_data[0])
        # Changed here: kept unless staff take theirs
        say(arrived, "这里改的")
        row = compare(Bundle(first), destination(site)).things[0]
        assert row.status == Status.CONFLICT
        carrier.load(first, site)
        assert "这里改的" in str(SharedBlock.objects.get().body.raw_data[0])
        carrier.load(first, site, take=frozenset([row.key]))
        assert "电话 8000" in str(SharedBlock.objects.get().body.raw_data[0])

    def test_imported_as_drafts_it_is_a_draft(self, shared: SharedBlock, home: PortalPage, carrier: Any) -> None:
        path = carrier.export(home)
        forget_everything()
        carrier.load(path, new_site(), publish=False)
        arrived = SharedBlock.objects.get()
        assert not arrived.live
        assert "电话 8000" in str(arrived.get_latest_revision_as_object().body.raw_data[0])

    def test_a_namesake_that_says_something_else_is_left_alone(
        self, shared: SharedBlock, home: PortalPage, carrier: Any
    ) -> None:
        path = carrier.export(home)
        forget_everything()
        mine = make_shared("咨询电话", [words("自己的")])
        site = new_site()
        assert "同名" in compare(Bundle(path), destination(site)).things[0].notes[0]
        outcome = carrier.load(path, site)
        assert "咨询电话" in outcome.kept
        assert PortalPage.objects.get(slug="guide").body.raw_data[0]["value"]["content"] == mine.pk
        assert "自己的" in str(SharedBlock.objects.get().body.raw_data[0])


@pytest.fixture
def dressed(home: PortalPage, site: Site) -> Theme:
    """Give a site that wears a published theme, with a tab bar and an account's menu."""
    theme = Theme.objects.create(name="青瓷", draft=ThemeSpec().as_data())
    studio.publish(theme)
    ThemeUse.objects.create(site=site, theme=theme, starts_at=timezone.now(), priority=50)
    studio.rewrite(site)
    menu = WechatMenu.load()
    button = {"name": "预约", "kind": "view", "link": {"kind": "url", "url": "https://example.org/"}, "sub_buttons": []}
    menu.buttons = [{"type": "button", "value": button, "id": "b"}]
    menu.pushed, menu.pushed_by = {"button": [1]}, "somebody"
    menu.save()
    return theme


class TestTheme:
    def test_theme_timetable_tabs_and_menu_travel_with_a_portal(
        self, dressed: Theme, home: PortalPage, carrier: Any
    ) -> None:
        path = carrier.export(home)
        forget_everything()
        site = new_site()

        plan = compare(Bundle(path), destination(site))
        assert [(row.title, row.status) for row in plan.things] == [("青瓷", Status.NEW)]
        assert {"门户设置", "主题使用安排", "公众号菜单"} <= {name for name, _status, _differs in plan.settings}
        outcome = carrier.load(path, site, settings=True)

        theme = Theme.objects.get()
        assert theme.published is not None
        use = ThemeUse.objects.get()
        assert (use.site_id, use.theme_id, use.priority) == (site.pk, theme.pk, 50)
        settings = PortalSettings.for_site(site)
        assert settings.theme_plan
        assert settings.tabs[0].value["label"] == "首页"
        menu = WechatMenu.load()
        assert menu.buttons[0].value["name"] == "预约"
        assert (menu.pushed, menu.pushed_at, menu.pushed_by) == ({}, None, "")
        assert any("再推送" in note for note in outcome.notes)
        again = compare(Bundle(path), destination(site))
        assert [row.status for row in again.things] == [Status.SAME]
        assert {status for _name, status, _differs in again.settings} == {"same"}

    def test_without_the_settings_the_site_keeps_what_it_wears(
        self, dressed: Theme, home: PortalPage, carrier: Any
    ) -> None:
        path = carrier.export(home)
        forget_everything()
        carrier.load(path, new_site())
        assert Theme.objects.count() == 1
        assert not ThemeUse.objects.exists()
        assert not WechatMenu.objects.exists()

    def test_which_parts_of_a_setting_differ_is_said(self, dressed: Theme, home: PortalPage, carrier: Any) -> None:
        path = carrier.export(home)
        site = Site.objects.get()
        settings = PortalSettings.for_site(site)
        settings.footer_text = "改过"
        settings.save()
        found = {name: differs for name, _status, differs in compare(Bundle(path), destination(site)).settings}
        assert found["门户设置"] == ["页脚文字"]

    def test_a_theme_nobody_could_read_changes_nothing(self, dressed: Theme, home: PortalPage, carrier: Any) -> None:
        path = rewritten(carrier.export(home), "things.json", broken_theme)
        forget_everything()
        with pytest.raises(BundleError, match="青瓷"):
            carrier.load(path, new_site())
        assert not Theme.objects.exists()


def broken_theme(things: list[dict[str, Any]]) -> None:
    things[0]["fields"]["spec"] = {"light": {"card": "no colour"}}


def rewritten(path: Path, part: str, change: Any) -> Path:
    """Return a bundle with one part changed and the manifest made true again."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        manifest = json.loads(old.read("manifest.json"))
        for name in old.namelist():
            data = old.read(name)
            if name == part:
                content = json.loads(data)
                change(content)
                data = json.dumps(content).encode()
                manifest["parts"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            if name != "manifest.json":
                new.writestr(name, data)
        new.writestr("manifest.json", json.dumps(manifest))
    path.write_bytes(out.getvalue())
    return path


class TestFiles:
    def page_with(self, home: PortalPage, image: Any) -> None:
        value = {"image": {"image": image.pk, "alt_text": "楼", "decorative": False}}
        make_page(home, "图", [block("image", value)], slug="picture")

    def test_a_picture_of_our_own_keeps_its_hash(self, home: PortalPage, site: Site, carrier: Any) -> None:
        self.page_with(home, make_image("楼"))
        path = carrier.export(home)
        get_image_model().objects.all().delete()
        forget_everything()
        site = new_site()
        carrier.load(path, site)
        with get_image_model().objects.get().file.open("rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() in Bundle(path).files
        assert compare(Bundle(path), destination(site)).counts["same"] == 2

    def test_a_picture_with_something_hidden_is_drawn_anew(self, home: PortalPage, site: Site, carrier: Any) -> None:
        # Given a picture with a place in it and an archive behind it, stored past every form
        buffer = io.BytesIO()
        exif = Pillow.Exif()
        exif[0x010E] = "secret place"
        Pillow.new("RGB", (60, 40), (10, 111, 138)).save(buffer, "JPEG", exif=exif)
        image = make_image("楼")
        name = image.file.storage.save("original_images/x.jpg", ContentFile(buffer.getvalue() + b"PK\x03\x04archive"))
        get_image_model().objects.filter(pk=image.pk).update(file=name)
        self.page_with(home, image)
        path = carrier.export(home)
        get_image_model().objects.all().delete()
        forget_everything()
        site = new_site()
        carrier.load(path, site)
        with get_image_model().objects.get().file.open("rb") as file:
            data = file.read()
            assert is_plain(file)
        assert b"secret" not in data
        assert b"archive" not in data
        # And the same bundle again changes nothing
        assert compare(Bundle(path), destination(site)).counts["same"] == 2

    @pytest.mark.parametrize(
        ("kind", "extension", "data", "said"),
        [
            ("media", "mp4", b"<html>not a film</html>", "内容不是 MP4"),
            ("media", "webm", b"\x1aE\xdf\xa3", "不支持 .webm"),
            ("document", "pdf", b"<script>alert(1)</script>", "内容不是 PDF"),
            ("document", "html", b"<p>x</p>", "不允许 .html"),
            ("image", "png", b"<svg onload=alert(1)>", "SVG"),
            ("image", "jpg", b"no picture", "不是图片"),
        ],
    )
    def test_a_file_that_is_not_what_it_says_is_refused(
        self, home: PortalPage, site: Site, carrier: Any, kind: str, extension: str, data: bytes, said: str
    ) -> None:
        path = carrier.export(home)
        sha = hashlib.sha256(data).hexdigest()
        entry = {"sha256": sha, "kind": kind, "title": "某个文件", "extension": extension}
        rewritten(path, "files.json", lambda files: files.append(entry))
        out = io.BytesIO()
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
            manifest = json.loads(old.read("manifest.json"))
            manifest["parts"][f"files/{sha}.{extension}"] = {"sha256": sha, "size": len(data)}
            for name in old.namelist():
                if name != "manifest.json":
                    new.writestr(name, old.read(name))
            new.writestr(f"files/{sha}.{extension}", data)
            new.writestr("manifest.json", json.dumps(manifest))
        path.write_bytes(out.getvalue())
        with pytest.raises(BundleError, match="某个文件") as refused:
            carrier.load(path, site)
        assert said in refused.value.sentence
