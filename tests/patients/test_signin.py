"""Sign-in through the sandbox's WeChat, as a browser does it."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from django.test import Client

from business.patients.models import Account, AccountSession, Identity
from business.security.models import AuditEvent
from sandbox.wechat import oauth, users

pytestmark = pytest.mark.django_db
WECHAT_PHONE = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 MicroMessenger/8.0.49"


@pytest.fixture(autouse=True)
def registered_name(settings: Any) -> None:
    settings.PORTAL_URL = "http://testserver"


@pytest.fixture
def browser() -> Client:
    return Client(headers={"user-agent": WECHAT_PHONE}, enforce_csrf_checks=False)


def code_for(sandbox: Any, user: str = "zhangwei") -> str:
    """What WeChat gives the browser after the user agreed."""
    inside = sandbox.app.extensions["sandbox"]
    row = users.get_or_make(inside.store, user)
    return oauth.issue_code(inside, row["openid"], "snsapi_base")


def begin(browser: Client, target: str = "/") -> dict[str, str]:
    """Start, and return the parameters WeChat is asked with."""
    answer = browser.get("/-/signin/?" + urlencode({"next": target}))
    assert answer.status_code == 302
    return {key: value[0] for key, value in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(browser: Client, **query: str) -> Any:
    return browser.get("/-/signin/wechat/?" + urlencode(query))


@pytest.mark.req("G1.3")
def test_a_user_comes_back_signed_in_where_they_wanted_to_be(sandbox: Any, browser: Client, settings: Any) -> None:
    asked = begin(browser, "/book/?slot=abc")
    assert asked["scope"] == "snsapi_base"
    assert asked["redirect_uri"] == "http://testserver/-/signin/wechat/"
    assert len(asked["state"]) >= 32
    page = httpx.get(f"{sandbox.url}/connect/oauth2/authorize?{urlencode(asked)}", trust_env=False)
    assert page.status_code == 200, page.text[:300]

    answer = come_back(browser, state=asked["state"], code=code_for(sandbox))

    assert (answer.status_code, answer["Location"]) == (302, "/book/?slot=abc")
    cookie = answer.cookies[settings.ACCOUNT_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert AccountSession.objects.get().entrance == "wechat"
    assert Identity.objects.filter(kind=Identity.Kind.WECHAT_OPENID).count() == 1
    assert Identity.objects.get(kind=Identity.Kind.WECHAT_OPENID).subject.startswith("o")


def sign_in(sandbox: Any, browser: Client, user: str = "zhangwei") -> Any:
    asked = begin(browser)
    return come_back(browser, state=asked["state"], code=code_for(sandbox, user))


def test_the_same_person_is_the_same_account_with_a_new_session(sandbox: Any, browser: Client, settings: Any) -> None:
    sign_in(sandbox, browser)
    first = browser.cookies[settings.ACCOUNT_COOKIE].value
    other_phone = Client(headers={"user-agent": WECHAT_PHONE})
    sign_in(sandbox, other_phone)
    sign_in(sandbox, Client(), "lina")

    assert Account.objects.count() == 2
    assert other_phone.cookies[settings.ACCOUNT_COOKIE].value != first


def test_signing_in_again_ends_the_session_that_was_there(sandbox: Any, browser: Client, settings: Any) -> None:
    asked, again = begin(browser), begin(browser)
    states = browser.cookies["ph_signin"].value
    come_back(browser, state=asked["state"], code=code_for(sandbox))
    old = browser.cookies[settings.ACCOUNT_COOKIE].value
    browser.cookies["ph_signin"] = states

    come_back(browser, state=again["state"], code=code_for(sandbox))

    assert browser.cookies[settings.ACCOUNT_COOKIE].value != old
    assert AccountSession.objects.count() == 1


def test_whoever_is_signed_in_is_not_asked_again(sandbox: Any, browser: Client) -> None:
    sign_in(sandbox, browser)

    assert browser.get("/-/signin/?next=/mine/")["Location"] == "/mine/"


@pytest.mark.parametrize("state", ["", "wrong", "ünïcode"])
def test_a_state_that_is_not_ours_signs_nobody_in(sandbox: Any, browser: Client, state: str, settings: Any) -> None:
    begin(browser)

    answer = come_back(browser, state=state, code=code_for(sandbox))

    assert answer.status_code == 400
    assert "重新登录" in answer.content.decode()
    assert settings.ACCOUNT_COOKIE not in answer.cookies
    assert Account.objects.count() == 0


def test_a_state_of_another_browser_signs_nobody_in(sandbox: Any, browser: Client) -> None:
    asked = begin(browser)

    answer = come_back(Client(), state=asked["state"], code=code_for(sandbox))

    assert answer.status_code == 400
    assert Account.objects.count() == 0


def test_two_tabs_may_sign_in_at_once(sandbox: Any, browser: Client) -> None:
    first, second = begin(browser, "/one/"), begin(browser, "/two/")

    assert come_back(browser, state=first["state"], code=code_for(sandbox))["Location"] == "/one/"
    assert second["state"] != first["state"]


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/mine/?page=2", "/mine/?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("\t//evil.example", "/"),
        ("/-/signin/?next=/", "/"),
        ("/" + "x" * 2000, "/"),
    ],
)
def test_nobody_is_sent_to_another_site(sandbox: Any, browser: Client, target: str, goes: str) -> None:
    asked = begin(browser, target)

    assert come_back(browser, state=asked["state"], code=code_for(sandbox))["Location"] == goes


def test_a_code_works_once_and_a_second_visit_of_the_same_browser_is_no_error(sandbox: Any, browser: Client) -> None:
    asked = begin(browser, "/mine/")
    states = browser.cookies["ph_signin"].value
    code = code_for(sandbox)
    come_back(browser, state=asked["state"], code=code)
    browser.cookies["ph_signin"] = states

    again = come_back(browser, state=asked["state"], code=code)
    assert (again.status_code, again["Location"]) == (302, "/mine/")

    thief = Client()
    thief.cookies["ph_signin"] = states
    stolen = come_back(thief, state=asked["state"], code=code)
    assert stolen.status_code == 400
    assert "已使用过或已过期" in stolen.content.decode()
    assert Account.objects.count() == 1


@pytest.mark.parametrize("code", ["", "authdeny", "made-up"])
def test_no_consent_or_a_made_up_code_is_a_friendly_page(sandbox: Any, browser: Client, code: str) -> None:
    asked = begin(browser)

    answer = come_back(browser, state=asked["state"], code=code)

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "重新登录" in page
    assert "<style" not in page
    assert "style=" not in page
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("fault", ["http", "drop_before", "garbage"])
def test_a_silent_wechat_is_told_as_such(sandbox: Any, browser: Client, fault: str) -> None:
    asked = begin(browser)
    sandbox.fault("wechat.oauth_token", fault, times=2)

    answer = come_back(browser, state=asked["state"], code=code_for(sandbox))

    assert answer.status_code == 503
    assert "微信暂时没有回应" in answer.content.decode()


def test_a_snapshot_user_is_never_bound(sandbox: Any, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    real = oauth.exchange
    monkeypatch.setattr(
        "sandbox.wechat.oauth.exchange", lambda *args: {**real(*args), "is_snapshotuser": 1, "openid": "virtual"}
    )
    asked = begin(browser)

    answer = come_back(browser, state=asked["state"], code=code_for(sandbox))

    assert "快照页" in answer.content.decode()
    assert Account.objects.count() == 0


def test_a_disabled_account_is_told_so(sandbox: Any, browser: Client, settings: Any) -> None:
    sign_in(sandbox, browser)
    Account.objects.update(is_active=False)

    answer = sign_in(sandbox, Client())

    assert "账户已停用" in answer.content.decode()
    assert settings.ACCOUNT_COOKIE not in answer.cookies


def test_outside_wechat_a_qr_code_shows_the_way(settings: Any) -> None:
    settings.WECHAT = {**settings.WECHAT, "OPEN_URL": "https://open.weixin.qq.com", "APP_ID": "wx1"}

    page = Client().get("/-/signin/?next=/mine/").content.decode()

    assert "请在微信中打开" in page
    assert "<svg" in page
    assert "style=" not in page
    inside = Client(headers={"user-agent": WECHAT_PHONE}).get("/-/signin/?next=/mine/")
    assert inside["Location"].startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&")


def test_the_cookie_of_the_state_is_made_where_wechat_comes_back_to(sandbox: Any, settings: Any) -> None:
    settings.PORTAL_URL = "http://portal.example"

    answer = Client().get("/-/signin/?next=/mine/")
    assert answer["Location"] == "http://portal.example/-/signin/?next=%2Fmine%2F&moved=1"

    again = Client().get("/-/signin/?next=/mine/&moved=1")
    assert "/connect/oauth2/authorize" in again["Location"], "never sent twice, whatever the proxy says of names"


def test_signing_out_needs_a_post_and_ends_the_session(sandbox: Any, browser: Client, settings: Any) -> None:
    sign_in(sandbox, browser)
    assert browser.get("/-/signout/").status_code == 405
    assert AccountSession.objects.count() == 1

    answer = browser.post("/-/signout/", {"next": "//evil.example"})

    assert answer["Location"] == "/"
    assert AccountSession.objects.count() == 0
    assert browser.cookies[settings.ACCOUNT_COOKIE].value == ""


def test_signing_out_from_another_site_is_refused(sandbox: Any) -> None:
    careful = Client(enforce_csrf_checks=True)

    assert careful.post("/-/signout/").status_code == 403


def test_the_trail_tells_from_where_somebody_signed_in_and_out(sandbox: Any, browser: Client) -> None:
    sign_in(sandbox, browser)
    browser.post("/-/signout/")

    told = AuditEvent.objects.filter(event__in=["patients.signin", "patients.signout"]).order_by("pk")
    assert list(told.values_list("event", "source_ip")) == [
        ("patients.signin", "127.0.0.1"),
        ("patients.signout", "127.0.0.1"),
    ]
