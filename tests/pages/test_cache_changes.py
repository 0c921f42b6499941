"""Kept pages: what changes is seen by the next request."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.images.models import Image
from wagtail.models import Site

from blocks import freshness
from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings
from tests.pages.building import block, make_image, make_page
from tests.pages.keeping import html, is_kept, publish, text

pytestmark = pytest.mark.django_db


def test_a_publication_is_seen_by_the_next_request(guide: PortalPage) -> None:
    publish(guide, "请带好医保卡")
    assert "请带好医保卡" in html("/guide/")
    publish(guide, "请带好病历本")
    assert "请带好病历本" in html("/guide/")


def test_a_page_taken_offline_is_gone_at_the_next_request(guide: PortalPage) -> None:
    guide.unpublish()
    assert Client().get("/guide/").status_code == 404


def test_a_deleted_page_is_gone_at_the_next_request(guide: PortalPage) -> None:
    guide.delete()
    assert Client().get("/guide/").status_code == 404


def test_a_moved_page_is_at_its_new_address_only(guide: PortalPage, home: PortalPage) -> None:
    other = make_page(home, "服务", slug="services")
    guide.refresh_from_db()
    guide.move(other, pos="last-child")
    assert Client().get("/guide/").status_code in {301, 404}
    assert "请带好证件" in html("/services/guide/")


def test_a_draft_changes_nothing_and_throws_nothing_away(guide: PortalPage) -> None:
    guide.body = [text("还没写完")]
    guide.save_revision()
    assert is_kept("/guide/")
    assert "还没写完" not in html("/guide/")


@pytest.mark.parametrize(
    "change",
    [
        lambda: PortalSettings.objects.update(hospital_name="滨江医院"),
        lambda: [setattr(s := PortalSettings.objects.get(), "hospital_name", "滨江医院"), s.save()],
        lambda: PortalSettings.objects.bulk_update([_renamed(PortalSettings.objects.get())], ["hospital_name"]),
    ],
    ids=["update", "save", "bulk_update"],
)
def test_settings_are_seen_however_they_were_written(guide: PortalPage, change: Callable[[], Any]) -> None:
    change()
    assert "滨江医院" in html("/guide/")


def _renamed(settings: PortalSettings) -> PortalSettings:
    settings.hospital_name = "滨江医院"
    return settings


def test_a_step_that_gets_its_page_is_linked_at_once(home: PortalPage, site: Site) -> None:
    make_page(home, "大厅", [block("icon_grid")], slug="hall")
    assert 'href="/mine/"' not in html("/hall/")
    make_page(home, "我的预约记录", service_role="registration.mine", slug="mine")
    assert 'href="/mine/"' in html("/hall/")


def test_a_changed_picture_is_seen(home: PortalPage, site: Site) -> None:
    image = make_image()
    value = {"image": {"image": image.pk, "alt_text": "楼", "decorative": False}}
    make_page(home, "图", [block("image", value)], slug="pictures")
    before = html("/pictures/")
    html("/pictures/")
    assert is_kept("/pictures/")
    Image.objects.filter(pk=image.pk).update(focal_point_x=3, focal_point_y=3, focal_point_width=2)
    assert not is_kept("/pictures/")
    assert "<img" in before


def test_a_new_picture_in_the_library_throws_nothing_away(guide: PortalPage) -> None:
    make_image()
    assert is_kept("/guide/")


@pytest.mark.parametrize("edge", ["visible_from", "visible_until"])
def test_a_date_of_visibility_is_kept_to_the_second(
    home: PortalPage, site: Site, monkeypatch: pytest.MonkeyPatch, edge: str
) -> None:
    moment = timezone.now() + dt.timedelta(minutes=5)
    make_page(home, "通知", [text("义诊", **{edge: moment.isoformat()})], slug="notices")
    before = html("/notices/")
    assert is_kept("/notices/")
    monkeypatch.setattr(timezone, "now", lambda: moment - dt.timedelta(seconds=1))
    assert is_kept("/notices/")
    monkeypatch.setattr(timezone, "now", lambda: moment)
    after = html("/notices/")
    assert ("义诊" in before, "义诊" in after) == (edge == "visible_until", edge == "visible_from")


def test_what_a_block_names_itself_counts_too(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(probe, "delivery", "inline")
    monkeypatch.setattr(
        probe, "on_live", staticmethod(lambda _c: asked.append(1) or freshness.depends_on("weather") or {})
    )
    make_page(home, "天气", [block("probe")], slug="weather")
    html("/weather/")
    html("/weather/")
    assert len(asked) == 1
    freshness.touch("tides")
    html("/weather/")
    assert len(asked) == 1
    freshness.touch("weather")
    html("/weather/")
    assert len(asked) == 2


def test_a_shell_made_of_live_data_is_never_kept(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from business.registration.models import Schedule

    monkeypatch.setattr(probe, "delivery", "inline")
    monkeypatch.setattr(probe, "on_live", staticmethod(lambda _c: {"asked": Schedule.objects.count()}))
    make_page(home, "号源", [block("probe")], slug="numbers")
    html("/numbers/")
    assert not is_kept("/numbers/")
