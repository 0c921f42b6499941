"""``request.account``: lazy, real None for guests, never cached."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from blocks.patients.middleware import account_middleware
from business.patients import sessions
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


def ask(view: Callable[[Any], HttpResponse], settings: Any, token: str = "") -> HttpResponse:
    request = RequestFactory().get("/")
    if token:
        request.COOKIES[settings.ACCOUNT_COOKIE] = token
    return account_middleware(view)(request)


def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"Cache-Control": "public, max-age=60"})


def personal(request: Any) -> HttpResponse:
    return HttpResponse(str(request.account is None), headers={"Cache-Control": "public, max-age=60"})


def test_who_is_not_asked_for_costs_nothing_and_stays_cacheable(settings: Any, django_assert_num_queries: Any) -> None:
    token = sessions.start(AccountFactory(), "wechat")

    with django_assert_num_queries(0):
        response = ask(public, settings, token)

    assert response["Cache-Control"] == "public, max-age=60"


def test_a_guest_is_none_and_costs_no_query(settings: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = ask(personal, settings)

    assert response.content == b"True"


@pytest.mark.req("G2.1")
def test_an_answer_that_used_the_account_is_kept_nowhere(settings: Any, django_assert_num_queries: Any) -> None:
    token = sessions.start(AccountFactory(), "wechat")

    def twice(request: Any) -> HttpResponse:
        assert request.account == request.account
        return personal(request)

    with django_assert_num_queries(1):
        response = ask(twice, settings, token)

    assert response.content == b"False"
    assert "no-store" in response["Cache-Control"]
    assert "public" not in response["Cache-Control"]


def test_a_cookie_that_opens_nothing_is_dropped(settings: Any) -> None:
    response = ask(personal, settings, "old")

    assert response.content == b"True"
    assert response.cookies[settings.ACCOUNT_COOKIE]["max-age"] == 0
