"""Attach the signed-in account to each request."""

import functools
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from business.patients import sessions
from business.patients.models import Account, Patient
from business.patients.queries import patients_of

NOT_ASKED: Any = object()


class _WithAccount:
    """What is added to the class of a request: ``account`` and ``patients``, looked up when first used."""

    _account: Account | None = NOT_ASKED
    _patients: list[Patient] | None = None
    COOKIES: dict[str, str]

    @property
    def account(self) -> Account | None:
        """The signed-in account, None for a guest; one query at most, none without the cookie."""
        if self._account is NOT_ASKED:
            self._account = sessions.account_of(self.COOKIES.get(settings.ACCOUNT_COOKIE, ""))
        return self._account

    @account.setter
    def account(self, account: Account | None) -> None:
        self._account, self._patients = account, None

    @property
    def patients(self) -> list[Patient]:
        """The account's listed patients; together with the account in one query where nobody asked for it before."""
        if self._account is NOT_ASKED:
            token = self.COOKIES.get(settings.ACCOUNT_COOKIE, "")
            self._account, self._patients = sessions.account_and_patients_of(token)
        if self._patients is None:
            self._patients = list(patients_of(self._account)) if self._account else []
        return self._patients


@functools.cache
def _class_with_account(kind: Any) -> type[HttpRequest]:
    return cast(type[HttpRequest], type(kind.__name__, (_WithAccount, kind), {"__module__": kind.__module__}))


def account_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give ``request.account`` to views and templates.

    Django's usual lazy wrapper is never ``None``, so the attribute is a property of the request's class instead. A
    response that depended on it must not stay in any cache (T26), and a cookie that opens nothing any more is dropped.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        kind: Any = request.__class__
        request.__class__ = _class_with_account(kind)
        response = get_response(request)
        account = cast(_WithAccount, request)._account
        if account is not NOT_ASKED:
            if response.has_header("Cache-Control"):
                del response["Cache-Control"]
            patch_cache_control(response, no_store=True, private=True)
            stale = account is None and settings.ACCOUNT_COOKIE in request.COOKIES
            if stale and settings.ACCOUNT_COOKIE not in response.cookies:
                response.delete_cookie(settings.ACCOUNT_COOKIE, samesite="Lax")
        return response

    return middleware
