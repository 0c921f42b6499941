"""The studio in the desk: who may, what is kept, what is said."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from cms.studio import services
from cms.studio.models import Theme, ThemeUse
from themes import packs

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(as_role: Any, site: Any) -> Client:
    client: Client = as_role(ADMINISTRATOR)
    return client


@pytest.fixture
def green(db: Any) -> Theme:
    theme = Theme.objects.create(name="青瓷", draft=packs.parcel("celadon").spec.as_data())
    services.publish(theme)
    return theme


def sent(**changes: Any) -> dict[str, Any]:
    return {"name": "青瓷", "description": "", "pack": "", **changes}


def said(client: Client, url: str) -> str:
    return client.get(url).content.decode()


GET = ["studio_index", "studio_edit", "studio_export", "studio_use_add"]
POST = ["studio_create", "studio_preview", "studio_import", "studio_delete", "studio_restore"]


@pytest.mark.req("G3.1", "46.2")
@pytest.mark.parametrize(
    "role", [(), (EDITOR,), (FINANCE,), (ADMINISTRATOR,)], ids=lambda role: "".join(role) or "nobody"
)
def test_only_administrators_theme_the_portal(as_role, site, green, role):
    # Given somebody with a role
    client = as_role(*role)
    may = role == (ADMINISTRATOR,)
    args = {
        "studio_edit": [green.pk],
        "studio_export": [green.pk],
        "studio_delete": [green.pk],
        "studio_restore": [green.pk, 1],
    }
    # When they ask for each address, then it answers administrators only
    for name in GET:
        assert (client.get(reverse(name, args=args.get(name, []))).status_code == 200) == may, name
    for name in ["studio_preview"] if may else POST:
        answer = client.post(reverse(name, args=args.get(name, [])), sent())
        assert (answer.status_code == 200) == may, name
    assert Theme.objects.count() == 1
    assert green.versions.count() == 1


@pytest.mark.req("H1.1", "H1.2")
def test_from_a_new_theme_to_the_patients(admin, site):
    # Given a new theme from a pack
    answer = admin.post(reverse("studio_create"), {"pack": "dawn"})
    theme = Theme.objects.get()
    assert answer["Location"] == reverse("studio_edit", args=[theme.pk])
    # When it is changed, published and put to use
    url = reverse("studio_edit", args=[theme.pk])
    form = sent(name="儿童院区", **{"seeds.brand": "#a04a12", "action": "publish", "note": "第一次"})
    assert admin.post(url, form).status_code == 302
    admin.post(reverse("studio_use_add"), {"theme": theme.pk, "site": site.pk, "priority": 0})
    # Then patients get it, and each deed is written down
    assert "/-/theme/" in Client().get("/").content.decode()
    deeds = AuditEvent.objects.filter(event__startswith="theme.").order_by("pk")
    events = list(deeds.values_list("event", flat=True))
    assert events == ["theme.created", "theme.saved", "theme.published", "theme.scheduled"]
    assert "版本 1" in said(admin, url) and "第一次" in said(admin, url)


def test_bad_values_are_named_at_their_field_and_kept(admin, green):
    url = reverse("studio_edit", args=[green.pk])
    answer = admin.post(url, sent(**{"seeds.brand": "red", "numbers.radius": "99", "choices.header": "x"}))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "「主色」请填写 # 加六位十六进制颜色" in text and 'value="red"' in text
    assert "「卡片圆角」请填写 0 到 28 的整数" in text and 'value="99"' in text
    green.refresh_from_db()
    assert green.draft["seeds"]["brand"] == "#2a7561"


def test_what_cannot_be_read_is_saved_but_not_published(admin, green):
    url = reverse("studio_edit", args=[green.pk])
    admin.post(url, sent(**{"seeds.brand": "#ffd200", "action": "publish"}))
    text = said(admin, url)
    assert "没有发布：这些文字看不清" in text and "需要 4.5" in text
    assert green.versions.count() == 1
    green.refresh_from_db()
    assert green.draft["seeds"]["brand"] == "#ffd200"


def test_preview_derives_names_and_mends(admin):
    url = reverse("studio_preview")
    # Given a colour that cannot be read
    answer = admin.post(url, sent(**{"seeds.brand": "#ffd200"})).json()
    assert "--ph-brand: #ffd200" in answer["css"]
    assert any(f["sentence"] == "链接与卡片 1.4，需要 4.5" and f["must"] for f in answer["failures"])
    # When it is to be mended, then the new value comes back and nothing fails
    mended = admin.post(url, sent(**{"seeds.brand": "#ffd200", "remedy": "1"})).json()
    assert mended["failures"] == [] and mended["rows"]["seeds.brand"]["value"] != "#ffd200"
    assert admin.post(url, sent(**{"seeds.brand": "x"})).status_code == 422


def test_an_earlier_version_is_restored_from_the_list(admin, green):
    admin.post(reverse("studio_edit", args=[green.pk]), sent(**{"seeds.brand": "#1f4480", "action": "publish"}))
    admin.post(reverse("studio_restore", args=[green.pk, 1]))
    assert green.versions.first().data["seeds"]["brand"] == "#2a7561"
    assert green.versions.count() == 3


def test_a_theme_travels_as_a_file(admin, green):
    # Given an exported theme
    file = admin.get(reverse("studio_export", args=[green.pk]))
    assert json.loads(file.content)["version"] == 1
    # When it is imported where its name is taken
    admin.post(reverse("studio_import"), {"file": SimpleUploadedFile("x.json", file.content)})
    # Then it stands beside the first, as a draft
    again = Theme.objects.exclude(pk=green.pk).get()
    assert (again.name, again.draft, again.published) == ("青瓷 2", green.draft, None)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": "pocket-hospital-theme", "version": 9}'])
def test_a_file_that_is_no_theme_is_refused_with_the_reason(admin, content):
    admin.post(reverse("studio_import"), {"file": SimpleUploadedFile("x.json", content)})
    assert "没有导入：" in said(admin, reverse("studio_index"))
    assert not Theme.objects.exists()


def test_a_theme_in_use_is_not_deleted(admin, site, green):
    ThemeUse.objects.create(site=site, theme=green)
    admin.post(reverse("studio_delete", args=[green.pk]))
    assert Theme.objects.exists()
    ThemeUse.objects.all().delete()
    admin.post(reverse("studio_delete", args=[green.pk]))
    assert not Theme.objects.exists()


def test_a_use_is_held_to_sense(admin, site, green):
    url, draft = reverse("studio_use_add"), Theme.objects.create(name="草稿")
    good = {"theme": green.pk, "site": site.pk, "priority": 0}
    for wrong, sentence in [
        ({"theme": draft.pk}, "还没有发布"),
        ({"priority": 101}, "0 到 100"),
        ({"starts_at": "2026-12-02 00:00", "ends_at": "2026-12-01 00:00"}, "结束时间要晚于开始时间"),
    ]:
        answer = admin.post(url, good | wrong)
        assert answer.status_code == 422 and sentence in answer.content.decode()
    assert admin.post(url, good).status_code == 302
    assert "已经有一个一直使用的主题" in admin.post(url, good).content.decode()
    # And ending it takes the theme off
    admin.post(reverse("studio_use_end", args=[ThemeUse.objects.get().pk]))
    assert "/-/theme/" not in Client().get("/").content.decode()


def test_tab_bar_has_none_or_two_to_five(admin, site):
    from django.core.exceptions import ValidationError

    from cms.pages.settings import PortalSettings

    settings = PortalSettings.for_site(site)
    with pytest.raises(ValidationError, match="2 到 5 个标签"):
        settings.clean()
    page = said(admin, reverse("wagtailsettings:edit", args=["pages", "portalsettings", site.pk]))
    assert "data-tabs-phone" in page and "studio/phone.js" in page
    assert "registration.slots" in page.split("data-without-page=")[1].split(">")[0]
