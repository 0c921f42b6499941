"""Uploads and error pages: what must hold at the edge of the site."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.documents.models import Document
from wagtail.models import Site

from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["documents/a.txt", "./documents/a.txt", "/documents/a.txt", "images/../documents/a.txt", "Documents/a.txt"]
)
def test_documents_are_not_handed_out_past_their_permissions(
    client: Client, settings: Any, tmp_path: Path, path: str
) -> None:
    # Given an uploaded document, whose own view asks who may read it
    settings.MEDIA_ROOT = str(tmp_path)
    for folder in ("documents", "Documents"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "a.txt").write_text("内部")
    # When somebody asks for the file itself, however they write its path, then it is not there
    assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize(
    ("name", "fits"), [("须知.pdf", True), ("page.html", False), ("a.svg", False), ("a.exe", False)]
)
def test_documents_are_files_that_nothing_runs(name: str, fits: bool) -> None:
    document = Document(title="须知", file=ContentFile(b"x", name=name))
    if fits:
        document.clean()
    else:
        with pytest.raises(ValidationError, match="pdf"):
            document.clean()


def test_pictures_are_handed_out(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.txt").write_text("公开")
    response = client.get("/media/images/a.txt")
    assert response.getvalue().decode() == "公开"


def test_an_address_without_a_site_is_not_found_and_not_broken(db: None, client: Client) -> None:
    Site.objects.all().delete()
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "没有找到这一页" in response.content.decode()


def test_a_tab_to_a_page_with_a_chinese_address_shows_where_one_is(
    home: PortalPage, site: Site, client: Client
) -> None:
    page = make_page(home, "我的预约", slug="我的预约", service_role="registration.mine")
    portal_settings = PortalSettings.for_site(site)
    link = {"role": "registration.mine"}
    portal_settings.tabs = [{"type": "tab", "value": {"label": "挂号", "icon": "home", "link": link}}]
    portal_settings.save()
    html = client.get(page.get_url()).content.decode()
    assert 'aria-current="page"' in html


@pytest.mark.parametrize("address", ["/?q=a%00b", "/-/departments/?q=%00", "/%00/", "/-/go/home/?a=%00"])
def test_an_address_with_a_null_character_is_refused_in_chinese(
    home: PortalPage, site: Site, client: Client, address: str
) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert "请求有误" in response.content.decode()


def test_a_form_with_a_null_character_is_refused(home: PortalPage, site: Site, probe: Any, client: Client) -> None:
    page = make_page(home, "确认预约", [block("probe")])
    answer = client.post(f"/-/action/{page.pk}/{page.body[0].id}/accept/", {"slot": "a\0b"})
    assert answer.status_code == 400
