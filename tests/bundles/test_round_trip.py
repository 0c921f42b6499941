"""A portal travels: out of one site, into another, again, after changes here and there."""

import re
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.test import Client
from wagtail.images import get_image_model
from wagtail.models import Page, Revision, Site

from cms.bundles import applying
from cms.bundles.applying import compare
from cms.bundles.archive import Bundle
from cms.bundles.errors import BundleError
from cms.bundles.models import Origin
from cms.bundles.planning import Status
from cms.pages.models import DepartmentPage, PortalPage
from cms.pages.settings import PortalSettings
from tests.bundles.conftest import destination
from tests.pages.building import block, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.9")]


def erase(*, keep: Page | None = None) -> None:
    """Empty this installation of pages and pictures, as if it were another one."""
    Site.objects.all().delete()
    for page in Page.objects.filter(depth=2):
        if keep is None or page.pk != keep.pk:
            Page.objects.get(pk=page.pk).delete()
    for image in get_image_model().objects.all():
        image.delete()
    Origin.objects.all().delete()


def new_site() -> Site:
    root = Page.get_first_root_node()
    welcome = root.add_child(instance=Page(title="欢迎", slug="welcome"))
    return Site.objects.create(hostname="testserver", root_page=welcome, is_default_site=True, site_name="生产")


def html_of(client: Client, path: str) -> str:
    response = client.get(path, {"whole": 1})
    assert response.status_code == 200, path
    words = response.content.decode()
    words = re.sub(r"/media/[^\"' )]+", "MEDIA", words)
    words = re.sub(r"/-/island/\d+/", "/-/island/PAGE/", words)
    words = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", words)
    return re.sub(r"data-page(-id)?=\"\d+\"", "", words)


def test_a_portal_looks_the_same_after_a_journey(hospital: Any, carrier: Any, client: Client) -> None:
    # Given a portal as patients see it
    before = {path: html_of(client, path) for path in ("/", "/guide/", "/gastro/")}
    path = carrier.export(hospital)
    # When it is imported where there is nothing
    erase()
    site = new_site()
    outcome = carrier.load(path, site, settings=True)
    # Then patients see the same
    assert len(outcome.created) == 4
    assert {path: html_of(client, path) for path in before} == before
    # And what was a draft still is one
    assert not Page.objects.get(slug="draft").live
    assert PortalSettings.for_site(site).hospital_name == "江城示范医院"
    assert get_image_model().objects.count() == 1


def test_references_lead_to_the_new_pages(hospital: Any, carrier: Any) -> None:
    path = carrier.export(hospital)
    erase()
    carrier.load(path, new_site())

    home, guide, intro = (Page.objects.get(slug=slug).specific for slug in ("home", "guide", "gastro"))
    slide = home.body[0].value["slides"][0]
    image = get_image_model().objects.get()
    assert (slide["link"]["page"].pk, slide["image"].pk) == (intro.pk, image.pk)
    assert f'id="{guide.pk}"' in home.body[1].value["text"].source
    assert f'id="{image.pk}"' in home.body[1].value["text"].source
    assert (intro.department.code, intro.photo_id) == ("D01", image.pk)


def test_importing_twice_changes_nothing(hospital: Any, carrier: Any) -> None:
    path = carrier.export(hospital)
    erase()
    site = new_site()
    carrier.load(path, site)
    facts = list(Page.objects.values_list("pk", "slug", "path")), Revision.objects.count()
    images = get_image_model().objects.count()

    again = compare(Bundle(path), destination(site))
    outcome = carrier.load(path, site)

    assert again.counts == {"new": 0, "changed": 0, "same": 4, "conflict": 0, "blocked": 0}
    assert not outcome.created + outcome.updated + outcome.kept
    assert (list(Page.objects.values_list("pk", "slug", "path")), Revision.objects.count()) == facts
    assert get_image_model().objects.count() == images


def test_a_bundle_comes_home_unchanged(hospital: Any, site: Site, carrier: Any) -> None:
    assert compare(Bundle(carrier.export(hospital)), destination(site)).counts["same"] == 4


def edit(slug: str, words: str) -> None:
    page = Page.objects.get(slug=slug).specific
    page.body = [block("rich_text", {"text": f"<p>{words}</p>"})]
    page.save_revision().publish()


@pytest.fixture
def carried(hospital: Any, carrier: Any) -> tuple[Any, Any, Site]:
    """Give an old and a new bundle, and a site that has the old one."""
    old = carrier.export(hospital)
    edit("guide", "新的指南")
    new = carrier.export(hospital)
    erase()
    site = new_site()
    carrier.load(old, site)
    return old, new, site


def words_of(slug: str) -> str:
    return Page.objects.get(slug=slug).specific.body[0].value["text"].source


def test_what_changed_there_is_brought_up_to_date(carried: Any, carrier: Any) -> None:
    _old, new, site = carried

    outcome = carrier.load(new, site)

    assert outcome.updated == ["就医指南"]
    assert words_of("guide") == "<p>新的指南</p>"


def test_what_changed_here_is_kept_unless_staff_take_theirs(carried: Any, carrier: Any) -> None:
    _old, new, site = carried
    edit("guide", "我们自己的指南")

    conflict = compare(Bundle(new), destination(site)).of(Status.CONFLICT)
    assert [row.title for row in conflict] == ["就医指南"]
    assert "这里和包里都改过" in conflict[0].notes[0]
    assert carrier.load(new, site).kept == ["就医指南"]
    assert words_of("guide") == "<p>我们自己的指南</p>"

    assert carrier.load(new, site, take=frozenset({conflict[0].key})).updated == ["就医指南"]
    assert words_of("guide") == "<p>新的指南</p>"


def test_imported_as_drafts_patients_see_nothing_new(carried: Any, carrier: Any, client: Client) -> None:
    _old, new, site = carried

    carrier.load(new, site, publish=False)

    assert words_of("guide") == "<p>先预约</p>"
    draft = Page.objects.get(slug="guide").specific.get_latest_revision_as_object()
    assert draft.body[0].value["text"].source == "<p>新的指南</p>"


def test_pages_that_are_only_here_are_left_alone(carried: Any, carrier: Any) -> None:
    _old, new, site = carried
    own = make_page(Page.objects.get(slug="home"), "本院公告")

    assert compare(Bundle(new), destination(site)).left_alone == ["本院公告"]
    carrier.load(new, site)
    assert Page.objects.filter(pk=own.pk, live=True).exists()


def test_a_copy_for_another_site_takes_roles_along_where_they_are_free(
    hospital: Any, carrier: Any, empty_site: Site
) -> None:
    outcome = carrier.load(carrier.export(hospital), empty_site)

    empty_site.refresh_from_db()
    copy = empty_site.root_page.specific
    assert (copy.service_role, copy.pk != hospital.pk, copy.slug) == ("home", True, "home-2")
    # The department has its page already, and can have one only.
    assert any("已经有介绍页「消化内科」" in one for one in outcome.left_out)
    guide = copy.get_children().get(slug="guide")
    assert f'id="{guide.pk}"' in copy.body[1].value["text"].source


def test_a_part_below_another_page_leaves_taken_roles(hospital: Any, carrier: Any) -> None:
    below = make_page(hospital, "分院", slug="branch")

    outcome = carrier.load(carrier.export(hospital), below)

    copy = PortalPage.objects.child_of(below).get()
    assert (copy.service_role, copy.slug) == ("", "home")
    assert any("它的用途属于「掌上医院」" in note for note in outcome.notes)


def test_a_department_that_his_does_not_know_is_chosen_or_left_out(hospital: Any, carrier: Any) -> None:
    from business.hospital.models import Department
    from tests.factories import DepartmentFactory

    path = carrier.export(hospital)
    erase()
    Department.objects.filter(code="D01").update(code="X99")
    site = new_site()

    missing = compare(Bundle(path), destination(site)).missing
    assert [(one.name, one.pages) for one in missing] == [("消化内科", ["消化内科"])]
    assert "没有对应的科室" in carrier.load(path, site).left_out[0]

    other = DepartmentFactory(code="D77")
    carrier.load(path, site, codes={missing[0].token: "D77"})
    assert DepartmentPage.objects.get().department == other


# --- all or nothing ------------------------------------------------------------------------------------------------


def test_a_fault_in_the_middle_leaves_nothing(hospital: Any, carrier: Any, monkeypatch: Any) -> None:
    path = carrier.export(hospital)
    erase()
    site = new_site()
    facts = list(Page.objects.values_list("pk", "slug"))
    real, calls = applying._Import._write, []

    def breaks(self: Any, row: Any) -> None:
        calls.append(row.title)
        if len(calls) == 3:
            raise DatabaseError("disk full")
        real(self, row)

    monkeypatch.setattr(applying._Import, "_write", breaks)
    with pytest.raises(BundleError, match="什么都没有改变"):
        carrier.load(path, site)

    assert list(Page.objects.values_list("pk", "slug")) == facts
    assert not get_image_model().objects.exists()
    folders = default_storage.listdir("bundles")[0] if default_storage.exists("bundles") else []
    assert not [name for folder in folders for name in default_storage.listdir(f"bundles/{folder}")[1]]
    assert not Origin.objects.filter(label="wagtailcore.page").exists()


def test_pages_of_other_apps_travel_with_their_categories(hospital: Any, carrier: Any) -> None:
    from cms.articles.models import ArticleIndexPage, ArticlePage, Category, RelatedArticle

    category = Category.objects.create(name="科普", parent=Category.objects.create(name="健康"))
    index = ArticleIndexPage(title="文章", slug="articles")
    hospital.add_child(instance=index)
    first = ArticlePage(title="胃痛", slug="a1", category=category)
    index.add_child(instance=first)
    second = ArticlePage(title="发热", slug="a2", category=category)
    index.add_child(instance=second)
    second.related_articles = [RelatedArticle(target=first)]
    second.save_revision().publish()
    path = carrier.export(hospital)
    erase()
    Category.objects.filter(parent__isnull=False).delete()
    Category.objects.all().delete()

    site = new_site()
    carrier.load(path, site)

    arrived = ArticlePage.objects.get(slug="a2")
    assert (arrived.category.name, arrived.category.parent.name) == ("科普", "健康")
    assert [row.target.title for row in arrived.related_articles.all()] == ["胃痛"]
    assert compare(Bundle(path), destination(site)).counts["same"] == 7
