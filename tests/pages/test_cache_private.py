"""Kept pages: never anything of a person."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from wagtail.models import Page, PageViewRestriction, Site

from cms.pages.cache import shells
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page
from tests.pages.keeping import html, is_kept, text

pytestmark = pytest.mark.django_db


def _everything_kept() -> Iterator[bytes]:
    for kept in shells.store._kept.values():
        yield kept.body + repr(kept.headers).encode()


def test_whoever_comes_first_everybody_gets_the_same(home: PortalPage, site: Site, staff: Client) -> None:
    make_page(home, "就医指南", [text("请带好证件"), block("icon_grid")], slug="guide")
    staff.cookies["ph_look"], staff.cookies["ph_campus"], staff.cookies["ph_account"] = (
        "care.dark",
        "EAST",
        "secret-token",
    )
    first = staff.get(
        "/guide/?token=secret-token&openid=secret-openid",
        headers={
            "User-Agent": "MicroMessenger secret-agent",
            "Accept": "application/secret+json",
            "Accept-Language": "en",
            "X-Forwarded-For": "203.0.113.9",
            "Referer": "https://secret.example.org/",
        },
    )
    second = Client().get("/guide/")
    assert second.content == first.content.replace(b"token=secret-token&amp;openid=secret-openid&amp;", b"")
    for kept in _everything_kept():
        assert b"secret" not in kept
        assert b"203.0.113.9" not in kept
        assert b"csrfmiddlewaretoken" not in kept
    assert not first.cookies
    assert not second.cookies
    assert "Cookie" not in second.headers["Vary"]


def test_a_block_that_asks_who_looks_gets_nobody(
    home: PortalPage, site: Site, staff: Client, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def who(context: Any) -> dict[str, Any]:
        request = context["request"]
        found = [request.user.is_authenticated, request.COOKIES, request.headers.get("Cookie"), request.account]
        found += [hasattr(request, "session"), request.META.get("REMOTE_ADDR"), request.headers.get("User-Agent")]
        return {"asked": repr(found)}

    monkeypatch.setattr(probe, "delivery", "inline")
    monkeypatch.setattr(probe, "on_live", staticmethod(who))
    make_page(home, "谁", [block("probe")], slug="who")
    staff.cookies["ph_account"] = "token"
    assert "[False, {}, None, None, False, None, None]" in staff.get("/who/").content.decode().replace("&#x27;", "'")


def test_a_token_asked_for_in_a_shell_opens_nothing_and_sets_no_cookie(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.middleware.csrf import get_token

    monkeypatch.setattr(probe, "delivery", "inline")
    monkeypatch.setattr(probe, "on_live", staticmethod(lambda context: {"asked": get_token(context["request"])}))
    make_page(home, "表单", [block("probe")], slug="form")
    assert not Client().get("/form/").cookies


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get("/guide/?whole=1"),
        lambda client: client.get("/guide/?a=b&whole=1"),
        lambda client: client.post("/guide/"),
        lambda client: client.options("/guide/"),
        lambda client: client.put("/guide/"),
        lambda client: client.head("/guide/"),
    ],
    ids=["whole", "whole-later", "post", "options", "put", "head"],
)
def test_only_a_plain_reading_is_kept(home: PortalPage, site: Site, ask: Callable[[Client], Any]) -> None:
    make_page(home, "就医指南", [text("请带好证件")], slug="guide")
    ask(Client())
    assert not shells.store._kept


def test_a_kept_shell_does_not_answer_what_is_no_plain_reading(guide: PortalPage, probe: Any) -> None:
    assert "no-store" in Client().get("/guide/?whole=1").headers["Cache-Control"]
    assert Client().head("/guide/").content == b""
    assert int(Client().head("/guide/").headers["Content-Length"]) == len(Client().get("/guide/").content)


@pytest.mark.parametrize("kind", [PageViewRestriction.LOGIN, PageViewRestriction.PASSWORD])
def test_a_page_that_becomes_restricted_asks_at_the_next_request(
    guide: PortalPage, home: PortalPage, staff: Client, kind: str
) -> None:
    PageViewRestriction.objects.create(page=home, restriction_type=kind, password="x")
    assert "请带好证件" not in html("/guide/")
    if kind == PageViewRestriction.LOGIN:
        assert "请带好证件" in staff.get("/guide/").content.decode()
    assert "请带好证件" not in html("/guide/")


def test_a_session_a_message_and_a_cookie_keep_an_answer_out(guide: PortalPage) -> None:
    made = shells.Made(b"x", shells.watch.Notes(), frozenset())
    from django.http import HttpResponse

    def answer(**headers: str) -> HttpResponse:
        response = HttpResponse("x", headers={"Cache-Control": "public, max-age=0", **headers})
        return response

    assert shells.keep(made, answer(), {}) is not None
    with_cookie = answer()
    with_cookie.set_cookie("a", "b")
    refused = [with_cookie, answer(Vary="Cookie"), HttpResponse("x", status=404)]
    refused += [answer(**{"Cache-Control": value}) for value in ("private", "public, no-store", "max-age=3")]
    refused += [answer(**{"Content-Security-Policy": "script-src 'nonce-abc'"})]
    assert [shells.keep(made, response, {}) for response in refused] == [None] * len(refused)


def test_one_host_never_answers_for_another(home: PortalPage, site: Site) -> None:
    other_root = make_page(Page.get_first_root_node(), "分院", slug="branch")
    Site.objects.create(hostname="branch.example.org", root_page=other_root, site_name="分院")
    make_page(home, "就医指南", [text("本院")], slug="guide")
    make_page(other_root, "就医指南", [text("分院")], slug="guide")
    for _ in range(2):
        assert "本院" in html("/guide/")
        assert "分院" in html("/guide/", host="branch.example.org")


def test_a_host_that_is_not_ours_is_refused_and_not_kept(guide: PortalPage, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    before = dict(shells.store._kept)
    assert Client().get("/guide/", headers={"host": "evil.example.org"}).status_code == 400
    assert shells.store._kept == before


def test_http_is_sent_to_https_also_where_the_page_is_kept(home: PortalPage, site: Site, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    make_page(home, "就医指南", [text("请带好证件")], slug="guide")
    assert Client().get("/guide/", secure=True).status_code == 200
    assert Client().get("/guide/", secure=True).status_code == 200
    assert Client().get("/guide/").status_code == 301


def test_the_query_reaches_the_whole_page_and_nothing_else(guide: PortalPage) -> None:
    shown = html('/guide/?date=2026-01-05&x="><script>')
    assert "url=/guide/?date=2026-01-05&amp;x=%22%3E%3Cscript%3E&amp;whole=1" in shown
    assert "url=/guide/?whole=1" in html("/guide/")
    assert len(shells.store._kept) == 1


def test_a_block_that_looks_at_a_parameter_gets_a_shell_for_each_of_its_values(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "delivery", "inline")
    make_page(home, "列表", [block("probe")], slug="list")
    shown = {date: html(f"/list/?date={date}&x={n}") for n, date in enumerate(["", "mon", "tue", "mon"])}
    assert "mon" in shown["mon"]
    assert "tue" in shown["tue"]
    assert is_kept("/list/?date=tue&other=1")
    assert "tue" in html("/list/?date=tue&other=2")
    assert "mon" not in html("/list/")
