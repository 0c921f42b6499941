"""Search and references are written when a page changes for patients, and not when a draft is noted on it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, ReferenceIndex
from wagtail.search.models import IndexEntry

from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db
INDEXES = ("wagtailsearch_indexentry", "wagtailcore_referenceindex")


def _link(page: Page) -> Any:
    return block("rich_text", {"text": f'<p><a linktype="page" id="{page.pk}">去</a></p>'})


def _indexed(statements: list[dict[str, str]]) -> set[str]:
    return {name for name in INDEXES for found in statements if name in found["sql"]}


def _leads_to(page: Page) -> set[str]:
    return set(ReferenceIndex.get_references_to(page).values_list("object_id", flat=True))


def test_a_draft_touches_no_index_and_its_publication_all_of_them(home: PortalPage) -> None:
    # Given a page that leads nowhere
    target = make_page(home, "目标", [], slug="target")
    page = make_page(home, "旧名字", [], slug="page")
    assert _leads_to(target) == set()
    # When a draft gives it a name and a link
    page.title = "新名字"
    page.body = page.body.stream_block.to_python([_link(target)])
    with CaptureQueriesContext(connection) as drafting:
        revision = page.save_revision()
    # Then no index is asked or written
    assert _indexed(drafting.captured_queries) == set()
    # And when it is published, both know
    with CaptureQueriesContext(connection) as publishing:
        revision.publish()
    assert _indexed(publishing.captured_queries) == set(INDEXES)
    assert _leads_to(target) == {str(page.pk)}
    assert PortalPage.objects.all().search("新名字").get_queryset().count() == 1
    # And when it goes, nothing of it stays
    page.delete()
    assert _leads_to(target) == set()
    assert not IndexEntry.objects.filter(object_id=str(page.pk), title="新名字").exists()


def test_a_new_page_can_be_found_at_once(home: PortalPage) -> None:
    make_page(home, "发热门诊 搬家", [], slug="moved")
    assert [page.title for page in PortalPage.objects.all().search("发热门诊")] == ["发热门诊 搬家"]
