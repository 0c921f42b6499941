"""Articles in the portal's one search."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.pages.models import PortalPage
from tests.pages.building import block, make_image, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("G1.4")]


@pytest.fixture
def results(home: PortalPage) -> PortalPage:
    """Give the page of results."""
    return make_page(home, "搜索", [block("search_results")], slug="search", service_role="search")


def ask(client: Client, text: str) -> str:
    return client.get("/search/", {"q": text, "whole": "1"}).content.decode()


@pytest.mark.three_databases
@pytest.mark.parametrize("text", ["胃痛", "三种 胃痛", "发热也要", "rdwt", "RDWT", "入冬胃痛要看吗"])
def test_one_box_finds_articles_too(client: Client, results: PortalPage, make_article: Any, text: str) -> None:
    article = make_article("入冬胃痛：三种不能拖的情况", summary="发热也要当心", cover=make_image())
    make_article("量血压的细节", text="<p>坐好再量。</p>")
    html = ask(client, text)
    assert f'href="{article.url}"' in html
    assert "<picture>" in html
    assert "量血压的细节" not in html


def test_an_article_taken_offline_or_never_published_is_not_found(
    client: Client, results: PortalPage, make_article: Any
) -> None:
    make_article("入冬胃痛").unpublish()
    make_article("胃痛草稿", live=False)
    assert "没有找到" in ask(client, "胃痛")


@pytest.mark.parametrize("text", ["%", "_", "\\", "' OR '1'='1", "<script>alert(1)</script>"])
def test_signs_find_no_article(client: Client, results: PortalPage, make_article: Any, text: str) -> None:
    article = make_article("入冬胃痛")
    html = ask(client, text)
    assert article.url not in html
    assert "<script>alert" not in html


def test_articles_cost_the_same_however_many_are_found(
    client: Client, results: PortalPage, make_article: Any, uncached: None
) -> None:
    counts = []
    for batch in (1, 6):
        for number in range(batch):
            make_article(f"胃痛{batch}-{number}", cover=make_image())
        ask(client, "胃痛")  # the pictures are made once
        with CaptureQueriesContext(connection) as captured:
            ask(client, "胃痛")
        counts.append(len(captured))
    assert counts[0] == counts[1]
