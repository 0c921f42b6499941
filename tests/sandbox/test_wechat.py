"""Web authorisation, tokens, template messages and the phone page."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.testing import RunningSandbox
from sandbox.wechat.catalogue import TEMPLATES
from sandbox.wechat.templates import check_value

from .clients import openid_of, plain_client

AUTHORIZE = "/connect/oauth2/authorize"


@pytest.fixture
def web(sandbox: RunningSandbox) -> httpx.Client:
    return plain_client(base_url=sandbox.url)


@pytest.fixture
def link(sandbox: RunningSandbox) -> dict[str, str]:
    return {
        "appid": sandbox.credentials.appid,
        "redirect_uri": "http://127.0.0.1:8000/-/wechat/back?next=%2Fmine",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "random-state",
    }


@pytest.fixture
def client_credentials(sandbox: RunningSandbox) -> dict[str, str]:
    return {
        "grant_type": "client_credential",
        "appid": sandbox.credentials.appid,
        "secret": sandbox.credentials.app_secret,
    }


@pytest.fixture
def token(web: httpx.Client, client_credentials: dict[str, str]) -> str:
    return str(web.post("/cgi-bin/stable_token", json=client_credentials).json()["access_token"])


def code_for(web: httpx.Client, link: dict[str, str], user: str = "lina") -> dict[str, str]:
    answer = web.get(AUTHORIZE, params={**link, "auto": user})
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def exchange(web: httpx.Client, sandbox: RunningSandbox, code: str, **changes: str) -> dict[str, Any]:
    args = {
        "appid": sandbox.credentials.appid,
        "secret": sandbox.credentials.app_secret,
        "code": code,
        "grant_type": "authorization_code",
        **changes,
    }
    return dict(web.get("/sns/oauth2/access_token", params=args).json())


def test_page_offers_four_people_and_each_link_leads_back(web: httpx.Client, link: dict[str, str]) -> None:
    page = web.get(AUTHORIZE, params=link)
    assert page.status_code == 200
    assert all(name in page.text for name in ("张伟", "李娜", "王秀英", "刘建国"))
    assert "<script" not in page.text and "style=" not in page.text
    chosen = web.get(AUTHORIZE, params={**link, "user": "zhangwei"})
    target = urlsplit(chosen.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == "http://127.0.0.1:8000/-/wechat/back"
    assert parse_qs(target.query)["next"] == ["/mine"]
    assert parse_qs(target.query)["state"] == ["random-state"]


@pytest.mark.parametrize(
    "change",
    [
        {"appid": "wx0"},
        {"redirect_uri": "http://evil.example/back"},
        {"redirect_uri": "http://127.0.0.1:8000@evil.example/"},
        {"state": ""},
        {"scope": "everything"},
        {"response_type": "token"},
        {"auto": "nobody"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_link_shows_what_is_wrong_and_goes_nowhere(
    web: httpx.Client, link: dict[str, str], change: dict[str, str]
) -> None:
    answer = web.get(AUTHORIZE, params={"auto": "lina", **link, **change})
    assert answer.status_code == 400
    assert "无法打开授权页面" in answer.text


def test_code_is_exchanged_once(web: httpx.Client, sandbox: RunningSandbox, link: dict[str, str]) -> None:
    code = code_for(web, link)["code"]
    first = exchange(web, sandbox, code)
    assert first["openid"] == openid_of(sandbox, "lina")
    assert first["scope"] == "snsapi_base"
    assert exchange(web, sandbox, code)["errcode"] == 40163


def test_code_exchange_errors(web: httpx.Client, sandbox: RunningSandbox, link: dict[str, str]) -> None:
    code = code_for(web, link)["code"]
    assert exchange(web, sandbox, "made-up")["errcode"] == 40029
    assert exchange(web, sandbox, code, appid="wx0")["errcode"] == 40013
    assert exchange(web, sandbox, code, secret="guess")["errcode"] == 40125
    assert exchange(web, sandbox, code)["openid"], "a failed try does not use the code up"


def test_guests_are_different_people_with_lasting_openids(
    web: httpx.Client, link: dict[str, str], sandbox: RunningSandbox
) -> None:
    openids = {
        exchange(web, sandbox, code_for(web, link, user)["code"])["openid"]
        for user in ("guest-1", "guest-2", "guest-1", "zhangwei")
    }
    assert len(openids) == 3
    assert all(len(openid) == 28 for openid in openids)


def test_stable_token_repeats_itself_until_forced(web: httpx.Client, client_credentials: dict[str, str]) -> None:
    def stable(**more: Any) -> str:
        return str(web.post("/cgi-bin/stable_token", json={**client_credentials, **more}).json()["access_token"])

    first = stable()
    assert stable() == first
    assert stable(force_refresh=True) != first


def test_classic_token_is_new_each_time_and_apart_from_the_stable_one(
    web: httpx.Client, client_credentials: dict[str, str], token: str
) -> None:
    first = web.get("/cgi-bin/token", params=client_credentials).json()["access_token"]
    second = web.get("/cgi-bin/token", params=client_credentials).json()["access_token"]
    assert len({first, second, token}) == 3


def test_token_errors(web: httpx.Client, client_credentials: dict[str, str]) -> None:
    def errcode(**changes: str) -> int:
        return int(web.post("/cgi-bin/stable_token", json={**client_credentials, **changes}).json()["errcode"])

    assert errcode(appid="wx0") == 40013
    assert errcode(secret="guess") == 40125
    assert errcode(grant_type="password") == 40002


def test_ticket_needs_a_token_and_repeats_itself(web: httpx.Client, token: str) -> None:
    url = "/cgi-bin/ticket/getticket"
    first = web.get(url, params={"access_token": token, "type": "jsapi"}).json()
    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    assert web.get(url, params={"access_token": token, "type": "jsapi"}).json()["ticket"] == first["ticket"]
    assert web.get(url, params={"access_token": "x", "type": "jsapi"}).json()["errcode"] == 40001


def message(sandbox: RunningSandbox, key: str = "booked", **more: Any) -> dict[str, Any]:
    template = next(item for item in TEMPLATES if item.key == key)
    return {
        "touser": openid_of(sandbox, "zhangwei"),
        "template_id": sandbox.credentials.templates[key],
        "url": "http://127.0.0.1:8000/mine/",
        "data": {name: {"value": value} for name, value in template.example.items()},
        **more,
    }


def send(web: httpx.Client, token: str, body: dict[str, Any]) -> dict[str, Any]:
    return dict(web.post("/cgi-bin/message/template/send", params={"access_token": token}, json=body).json())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_every_template_takes_its_own_example(
    web: httpx.Client, token: str, sandbox: RunningSandbox, template: Any
) -> None:
    assert send(web, token, message(sandbox, template.key))["errcode"] == 0


def test_message_appears_on_the_phone_with_its_link(web: httpx.Client, token: str, sandbox: RunningSandbox) -> None:
    assert send(web, token, message(sandbox))["errcode"] == 0
    page = web.get("/phone/zhangwei").text
    assert "预约挂号成功通知" in page and "周明远" in page
    assert 'href="http://127.0.0.1:8000/mine/"' in page
    assert "周明远" not in web.get("/phone/lina").text
    assert "1 条消息" in web.get("/phone/").text


def test_message_text_is_escaped_and_only_web_links_are_links(
    web: httpx.Client, token: str, sandbox: RunningSandbox
) -> None:
    body = message(sandbox, url="javascript:alert(1)")
    body["data"]["thing5"]["value"] = "<b>三楼</b>"
    assert send(web, token, body)["errcode"] == 0
    page = web.get("/phone/zhangwei").text
    assert "<b>三楼</b>" not in page and "&lt;b&gt;" in page
    assert "javascript:" not in page


def test_send_errors(web: httpx.Client, token: str, sandbox: RunningSandbox) -> None:
    assert send(web, "old-token", message(sandbox))["errcode"] == 40001
    assert send(web, token, message(sandbox, touser="nobody"))["errcode"] == 40003
    assert send(web, token, message(sandbox, template_id="tplNothing"))["errcode"] == 40037
    missing = message(sandbox)
    del missing["data"]["thing2"]
    assert send(web, token, missing)["errcode"] == 47003
    long = message(sandbox)
    long["data"]["thing2"]["value"] = "二十一个字以内才能通过这一条规则的很长科室名"
    answer = send(web, token, long)
    assert answer["errcode"] == 47003 and "thing2" in answer["errmsg"]
    assert sandbox.control("GET", "messages") == []


def test_client_msg_id_within_ten_minutes_is_shown_once(web: httpx.Client, token: str, sandbox: RunningSandbox) -> None:
    body = message(sandbox, client_msg_id="booking-1")
    first, second = send(web, token, body), send(web, token, body)
    assert first == second
    assert len(sandbox.control("GET", "messages?user=zhangwei")) == 1


@pytest.mark.parametrize(
    ("keyword", "good", "bad"),
    [
        ("thing1", "门诊楼 3 层 305 诊室", "长" * 21),
        ("number2", "12", "十二"),
        ("letter3", "ABC", "A1"),
        ("character_string4", "GH20261130-01", "单号1"),
        ("time5", "2026年12月1日 09:00", "明天上午"),
        ("time5", "2026-12-01 09:00:00", "09点"),
        ("time5", "2026年12月1日 08:30~09:00", "—"),
        ("time5", "2026年12月1日~2026年12月3日", "2026年12月"),
        ("date6", "2026年12月1日", "后天"),
        ("amount7", "¥50.00", "¥50 元整"),
        ("amount7", "50元", "12345678901元"),
        ("phone_number8", "027-85551000", "拨打总机"),
        ("car_number9", "鄂A12345", "鄂A1234567890"),
        ("name10", "欧阳修文", "Zhang三"),
        ("name10", "Alice Liddell", "超过十个汉字的一个名字啊"),
        ("phrase11", "已预约", "已经预约成功"),
        ("symbol12", "★", "a"),
    ],
)
def test_value_rules(keyword: str, good: str, bad: str) -> None:
    assert check_value(keyword, good) == ""
    assert keyword in check_value(keyword, bad)
    assert check_value(keyword, "") and check_value(keyword, None)


def test_template_list_names_keywords(web: httpx.Client, token: str) -> None:
    listed = web.get("/cgi-bin/template/get_all_private_template", params={"access_token": token}).json()
    contents = {item["template_id"]: item["content"] for item in listed["template_list"]}
    assert len(contents) == len(TEMPLATES)
    assert "{{thing2.DATA}}" in contents[TEMPLATES[0].template_id]
