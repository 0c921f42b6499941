"""Care mode and dark mode without JavaScript: a link, a cookie, and back."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from themes.look import COOKIE, Look
from themes.views import look


def follow(query: str, cookie: str = "") -> HttpResponse:
    request = RequestFactory().get(f"/-/look/?{query}")
    request.COOKIES[COOKIE] = cookie
    return look(request)


@pytest.mark.req("G1.4")
@pytest.mark.parametrize(
    ("cookie", "query", "expected"),
    [
        ("", "care=1", "care"),
        ("care", "mode=dark", "care.dark"),
        ("care.dark", "care=0", "dark"),
        ("dark", "mode=light", "light"),
        ("care.light", "mode=auto", "care"),
        ("care.evil;path", "mode=dark", "care.dark"),
        ("", "care=7&mode=pink", ""),
    ],
)
def test_switch_remembers_the_choice(cookie, query, expected):
    # Given a visitor's cookie, when a look link is followed, then the cookie holds exactly the known words
    assert follow(query, cookie).cookies[COOKIE].value == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/departments/?date=2026-11-23", "/departments/?date=2026-11-23"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_switch_only_leads_back_into_the_portal(target, expected):
    # Given an address to go back to, when the link is followed, then foreign ones are replaced by home
    response = follow("care=1&next=" + target.replace("&", "%26"))
    assert (response.status_code, response["Location"]) == (302, expected)


def test_look_survives_its_cookie():
    # Given every look, when it is written and read back, then it is the same
    for care in (False, True):
        for mode in ("", "light", "dark"):
            assert Look.from_cookie(Look(care, mode).as_cookie()) == Look(care, mode)
