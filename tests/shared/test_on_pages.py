"""Shared content on the pages of patients."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blocks.freshness import touch
from blocks.shared.expansion import expand, meeting
from cms.pages.models import PortalPage
from cms.shared.models import SharedBlock
from tests.pages.building import block, make_image, make_page
from tests.shared.making import make_shared, place, say, words

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.9")]


def html_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


class TestOnEveryPage:
    def test_a_change_is_seen_on_every_page_by_the_next_request(self, home: PortalPage, client: Client) -> None:
        # Given two pages that show one shared content, both kept by the cache
        shared = make_shared("咨询电话", [words("电话 8000")])
        for slug in ("one", "two"):
            make_page(home, slug, [words("前"), place(shared), words("后")], slug=slug)
            assert re.search("前.*电话 8000.*后", html_of(client, f"/{slug}/"), re.S)
        # When it is drafted, nothing is seen; when it is published, everything is
        draft = SharedBlock.objects.get(pk=shared.pk)
        draft.body = [words("电话 9000")]
        revision = draft.save_revision()
        assert "电话 8000" in html_of(client, "/one/")
        revision.publish()
        # Then the next request of each page shows it
        for slug in ("one", "two"):
            assert "电话 9000" in html_of(client, f"/{slug}/")
            assert "电话 8000" not in html_of(client, f"/{slug}/")

    def test_what_is_taken_down_or_deleted_leaves_the_page_whole(self, home: PortalPage, client: Client) -> None:
        shared = make_shared("须知", [words("带好证件")])
        make_page(home, "页", [words("前"), place(shared), words("后")], slug="page")
        assert "带好证件" in html_of(client, "/page/")
        SharedBlock.objects.get(pk=shared.pk).unpublish()
        assert "带好证件" not in html_of(client, "/page/")
        say(shared, "带好证件")
        assert "带好证件" in html_of(client, "/page/")
        SharedBlock.objects.get(pk=shared.pk).delete()
        html = html_of(client, "/page/")
        assert "带好证件" not in html
        assert re.search("前.*后", html, re.S)

    def test_one_content_twice_on_a_page_has_two_sets_of_ids(self, home: PortalPage, client: Client) -> None:
        shared = make_shared("须知", [words("甲"), words("乙")])
        make_page(home, "页", [place(shared), place(shared)], slug="page")
        ids = re.findall(r'<section id="(block-[^"]+)"', html_of(client, "/page/"))
        assert len(ids) == len(set(ids)) == 4

    def test_the_queries_do_not_grow_with_the_places(self, home: PortalPage, site: Any, settings: Any) -> None:
        settings.PAGE_CACHE_MB = 0

        def page_with(slug: str, number: int) -> None:
            image = make_image(slug)
            picture = {"image": {"image": image.pk, "decorative": True, "alt_text": ""}}
            link = {"kind": "page", "page": home.pk}
            places = [
                place(
                    make_shared(
                        f"{slug} {n}",
                        [words(f"{n}"), block("image", picture), block("notice", {"text": "看", "link": link})],
                    )
                )
                for n in range(number)
            ]
            make_page(home, slug, places, slug=slug)
            assert Client().get(f"/{slug}/").status_code == 200  # pictures are made on the first visit

        def queries(slug: str) -> int:
            touch("shared", "media", "pages")
            with CaptureQueriesContext(connection) as captured:
                assert Client().get(f"/{slug}/").status_code == 200
            return len(captured)

        page_with("few", 2)
        page_with("many", 9)
        few, many = queries("few"), queries("many")
        assert few == many
        assert few > 3


class TestLiveBlocks:
    def test_an_island_inside_is_fetched_by_its_own_address(self, home: PortalPage, client: Client) -> None:
        guest = block("rich_text", {"text": "<p>请先登录</p>"}, settings={"audience": "guest"})
        shared = make_shared("登录提示", [guest])
        make_page(home, "页", [place(shared)], slug="page")
        html = html_of(client, "/page/")
        assert "请先登录" not in html
        address = re.search(r'hx-get="(/-/island/[^"]+)"', html)
        assert address is not None
        assert "请先登录" in html_of(client, address[1])
        assert "请先登录" in html_of(client, "/page/?whole=1")
        SharedBlock.objects.get(pk=shared.pk).unpublish()
        assert client.get(address[1]).status_code == 404

    def test_a_place_limits_when_and_for_whom_all_its_blocks_are_shown(self, home: PortalPage, client: Client) -> None:
        shared = make_shared("须知", [words("甲")])
        later = (timezone.now() + timedelta(days=1)).isoformat()
        make_page(home, "晚", [place(shared, schedule="timed", visible_from=later)], slug="later")
        make_page(home, "客", [place(shared, audience="guest")], slug="guests")
        assert "甲" not in html_of(client, "/later/?whole=1")
        assert "hx-get" in html_of(client, "/guests/")
        assert "甲" in html_of(client, "/guests/?whole=1")


class TestMeeting:
    @pytest.mark.parametrize(
        ("inner", "outer", "together"),
        [
            ({}, {"audience": "guest"}, {"audience": "guest"}),
            ({"audience": "guest"}, {"audience": "everyone"}, {"audience": "guest"}),
            ({"audience": "guest"}, {"audience": "signed_in"}, None),
            ({"campuses": ["A", "B"]}, {"campuses": ["B"]}, {"campuses": ["B"]}),
            ({"campuses": ["A"]}, {"campuses": ["B"]}, None),
            ({"entrances": []}, {"entrances": ["wechat"]}, {"entrances": ["wechat"]}),
            ({"spacing": "large"}, {"audience": "everyone"}, {"spacing": "large"}),
        ],
    )
    def test_both_have_to_allow_it(self, inner: Any, outer: Any, together: Any) -> None:
        found = meeting(inner, outer)
        assert found is None if together is None else together.items() <= found.items()

    def test_the_later_beginning_and_the_earlier_end_count(self) -> None:
        found = meeting(
            {"visible_from": "2026-01-01T08:00:00+08:00", "visible_until": "2026-03-01T08:00:00+08:00"},
            {"visible_from": "2026-02-01T08:00:00+08:00", "visible_until": "2026-04-01T08:00:00+08:00"},
        )
        assert found is not None
        assert (found["visible_from"].month, found["visible_until"].month) == (2, 3)
        assert found["schedule"] == "timed"

    def test_nothing_shared_inside_shared_content_is_ever_followed(self) -> None:
        # Given stored data that no form would have let through: it names itself
        place_of = {"type": "shared", "id": "a", "value": {"content": 1, "settings": {}}}
        assert expand([place_of], contents=lambda _keys: {1: [place_of]}) == []
