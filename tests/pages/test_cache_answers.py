"""Kept pages: the answer a fresh one would be, made once, found by other processes, within its memory."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from wagtail.models import Page, Site

from cms.pages.cache import marks, memo, shells
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page
from tests.pages.keeping import html, is_kept, publish, text

pytestmark = pytest.mark.django_db


def test_a_kept_answer_has_the_headers_of_a_fresh_one(guide: PortalPage, settings: Any) -> None:
    kept = Client().get("/guide/")
    settings.PAGE_CACHE_MB = 0
    fresh = Client().get("/guide/")
    assert kept.content == fresh.content
    for name in (
        "Content-Security-Policy",
        "X-Frame-Options",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Cache-Control",
    ):
        assert kept.headers[name] == fresh.headers[name]
    assert kept.headers["Content-Type"] == fresh.headers["Content-Type"]


def test_a_browser_that_has_it_is_told_so(guide: PortalPage) -> None:
    first = Client().get("/guide/?a=1")
    again = Client().get("/guide/?a=1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().get("/guide/?a=2", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    publish(guide, "新的")
    assert Client().get("/guide/?a=1", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_compressed_answer_is_the_same_page(guide: PortalPage) -> None:
    import gzip

    packed = Client().get("/guide/", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    plain = Client().get("/guide/")
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.content) == plain.content


@pytest.mark.django_db(transaction=True)
def test_a_crowd_makes_a_page_once(home: PortalPage, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    make_page(home, "就医指南", [text("请带好证件")], slug="guide")
    made, go = [], threading.Event()
    serve = PortalPage.serve

    def slow(self: PortalPage, request: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(1)
        go.wait(5)
        return serve(self, request, *args, **kwargs)

    monkeypatch.setattr(PortalPage, "serve", slow)
    answers: list[str] = []

    def visit() -> None:
        answers.append(html("/guide/"))
        connections.close_all()

    crowd = [threading.Thread(target=visit) for _ in range(6)]
    for one in crowd:
        one.start()
    go.set()
    for one in crowd:
        one.join()
    assert len(made) == 1
    assert len(set(answers)) == 1
    assert len(answers) == 6


@pytest.fixture
def shared(settings: Any) -> Iterator[None]:
    settings.PAGE_CACHE_SHARED = True
    from django.core.cache import caches

    caches["default"].clear()
    yield
    caches["default"].clear()


def test_another_process_finds_the_page_in_the_shared_cache(shared: None, guide: PortalPage) -> None:
    shells.store.forget()  # another process
    assert is_kept("/guide/")
    shells.store.forget()
    publish(guide, "新的")
    shells.store.forget()
    assert "新的" in html("/guide/")


def test_variants_are_found_in_the_shared_cache(
    shared: None, home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "delivery", "inline")
    make_page(home, "列表", [block("probe")], slug="list")
    html("/list/?date=mon")
    html("/list/?date=tue")
    shells.store.forget()
    assert is_kept("/list/?date=mon")
    assert "tue" in html("/list/?date=tue")


def test_memory_stays_within_its_limit(home: PortalPage, site: Site, settings: Any, monkeypatch: Any) -> None:
    settings.PAGE_CACHE_MB = 1
    for n in range(3):
        make_page(home, f"页{n}", [text("长" * 150_000)], slug=f"long-{n}")
    for n in range(3):
        html(f"/long-{n}/")
    assert shells.store._size <= 1_000_000
    assert is_kept("/long-2/")


def test_what_is_remembered_is_made_again_when_what_it_read_has_changed(guide: PortalPage) -> None:
    made = []

    def titles() -> list[str]:
        made.append(1)
        return list(Page.objects.filter(pk=guide.pk).values_list("title", flat=True))

    def ask() -> list[str]:
        with marks.Span():
            return memo.remember("titles", titles)

    assert ask() == ask() == ["就医指南"]
    assert len(made) == 1
    Page.objects.filter(pk=guide.pk).update(title="指南")
    assert ask() == ["指南"]
    assert memo.remember("titles", titles) == ["指南"]
