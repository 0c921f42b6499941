"""The official account's menu: WeChat's limits, pushing over HTTP to the sandbox, what is said when it fails."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from business.integration.models import CallLog
from business.integration.outcomes import Refused
from business.integration.wechat import menu as wechat_menu
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from cms.studio.models import WechatMenu

VIEW = {"type": "view", "name": "预约挂号", "url": "https://portal.example/departments/"}


def link(**facts: Any) -> dict[str, Any]:
    return {"role": "", "page": None, "url": "", "text": "", **facts}


def button(name: str, *, below: list[dict[str, Any]] | None = None, **facts: Any) -> dict[str, Any]:
    value = {
        "name": name,
        "kind": "view",
        "link": link(url="https://portal.example/"),
        "key": "",
        "app_id": "",
        "page_path": "",
    }
    value |= facts
    if below is not None:
        value["sub_buttons"] = [{"type": "item", "id": str(uuid.uuid4()), "value": sub} for sub in below]
    return value


@pytest.fixture
def sandbox(sandbox: Any, db: Any) -> Any:
    """Give the sandbox with an account that has no menu yet: it is the same one for every test."""
    wechat_menu.delete()
    return sandbox


@pytest.fixture
def draft(site: Any) -> WechatMenu:
    menu = WechatMenu.load()
    menu.buttons = [
        {"type": "button", "value": button("首页", link=link(role="home"))},
        {
            "type": "button",
            "value": button(
                "服务",
                below=[button("预约挂号", link=link(url="/departments/")), button("客服", kind="click", key="CS")],
            ),
        },
    ]
    menu.save()
    return WechatMenu.objects.get()


@pytest.mark.parametrize(
    ("buttons", "sentence"),
    [
        ([], "1 到 3 个"),
        ([VIEW] * 4, "1 到 3 个"),
        ([VIEW | {"name": "预约挂号去"}], "最多 4 个汉字"),
        ([VIEW | {"name": "abcdefghi"}], "最多 4 个汉字"),
        ([VIEW | {"name": " "}], "没有名称"),
        ([{"name": "服务", "sub_button": [VIEW] * 6}], "不能超过 5 个"),
        ([{"name": "服务", "sub_button": [VIEW | {"name": "一二三四五六七八九"}]}], "最多 8 个汉字"),
        ([{"name": "服务", "sub_button": [{"name": "再下", "sub_button": [VIEW]}]}], "不能再有子菜单"),
        ([VIEW | {"url": "http://portal.example/"}], "https://"),
        ([VIEW | {"url": ""}], "没有发布"),
        ([VIEW | {"url": "https://portal.example/" + "a" * 1010}], "太长（最多 1024 字节）"),
        ([{"type": "click", "name": "客服", "key": "k" * 129}], "128 字节"),
        ([{"type": "miniprogram", "name": "小程序", "url": "https://a.example/"}], "AppID"),
        ([{"type": "scancode_push", "name": "扫码", "key": "k"}], "点击后做什么"),
    ],
)
def test_what_wechat_would_refuse_is_said_before(buttons, sentence):
    assert any(sentence in problem for problem in wechat_menu.problems(buttons))


def test_a_good_menu_has_no_problem():
    mini = {"type": "miniprogram", "name": "小程序", "url": "https://a.example/", "appid": "wx1", "pagepath": "pages/a"}
    assert (
        wechat_menu.problems([VIEW, {"name": "服务", "sub_button": [VIEW | {"name": "一二三四五六七八"}, mini]}]) == []
    )
    assert wechat_menu.problems([VIEW | {"url": "http://127.0.0.1:8000/"}], plain_http="http://127.0.0.1:8000") == []


@pytest.mark.django_db
def test_pushing_reading_and_deleting_over_http(sandbox):
    # Given no menu
    assert wechat_menu.current() == []
    # When one is pushed twice
    menu = [VIEW, {"name": "服务", "sub_button": [VIEW]}]
    wechat_menu.create(menu)
    wechat_menu.create(menu)
    # Then it stands there once, is read back the same, and goes
    assert wechat_menu.current() == menu
    wechat_menu.delete()
    assert wechat_menu.current() == []
    assert CallLog.objects.filter(operation="menu.create").count() == 2


@pytest.mark.django_db
def test_the_sandbox_checks_as_wechat_does(sandbox):
    for wrong, code in [
        ([VIEW] * 4, "40016"),
        ([VIEW | {"name": "一二三四五六"}], "40018"),
        ([VIEW | {"url": "x" * 1025}], "40020"),
        ([VIEW | {"url": "ftp://x"}], "40055"),
        ([{"name": "服务", "sub_button": [VIEW] * 6}], "40023"),
        ([{"name": "服务", "sub_button": [{"name": "再下", "sub_button": [VIEW]}]}], "40022"),
        ([{"type": "click", "name": "客服", "key": ""}], "40019"),
        ([{"type": "nothing", "name": "客服"}], "40017"),
    ]:
        with pytest.raises(Refused) as refused:
            wechat_menu.create(wrong)
        assert refused.value.code == code


@pytest.mark.django_db
@pytest.mark.req("14.1")
def test_from_the_draft_to_the_account(sandbox, as_role, draft, settings):
    # Given an administrator and a draft
    settings.PORTAL_URL = "https://portal.example"
    client = as_role(ADMINISTRATOR)
    url = reverse("studio_menu_push")
    page = client.get(url).content.decode()
    assert "预约挂号" in page and "公众号现在没有菜单" in page
    # When it is pushed
    client.post(url, {"action": "push"})
    # Then the account has it with absolute addresses, the phone shows it, and the trail knows
    assert wechat_menu.current()[0] == {"type": "view", "name": "首页", "url": "https://portal.example/"}
    assert wechat_menu.current()[1]["sub_button"][1] == {"type": "click", "name": "客服", "key": "CS"}
    phone = sandbox.app.test_client().get("/phone/zhangwei").get_data(as_text=True)
    assert 'href="https://portal.example/departments/"' in phone
    assert "与草稿一致" in client.get(url).content.decode()
    assert AuditEvent.objects.filter(event="menu.pushed").count() == 1
    # And it can be taken away
    client.post(url, {"action": "delete"})
    assert wechat_menu.current() == []


@pytest.mark.django_db
def test_a_refusal_and_silence_are_told_in_words(sandbox, as_role, draft, settings):
    settings.PORTAL_URL = "https://portal.example"
    client, url = as_role(ADMINISTRATOR), reverse("studio_menu_push")
    sandbox.fault("wechat.menu_create", "refuse", code="40018", message="invalid button name size")
    client.post(url, {"action": "push"})
    assert "微信拒绝了（40018 invalid button name size）" in client.get(url).content.decode()
    sandbox.clear_faults()
    sandbox.fault("wechat.menu_create", "drop_after")
    client.post(url, {"action": "push"})
    text = client.get(url).content.decode()
    assert "微信没有回答" in text
    assert AuditEvent.objects.filter(event="menu.failed").count() == 2
    assert WechatMenu.load().pushed_at is None


@pytest.mark.django_db
def test_a_draft_wechat_would_refuse_is_not_sent(sandbox, as_role, draft, settings):
    # Given a portal without TLS that is no demonstration
    settings.PORTAL_URL, settings.SANDBOX_URL = "http://portal.example", ""
    client, url = as_role(ADMINISTRATOR), reverse("studio_menu_push")
    client.post(url, {"action": "push"})
    assert "https://" in client.get(url).content.decode()
    assert not CallLog.objects.filter(operation="menu.create").exists()


@pytest.mark.django_db
@pytest.mark.req("46.2", "G3.1")
@pytest.mark.parametrize(
    ("role", "edits", "pushes"), [(EDITOR, True, False), (ADMINISTRATOR, True, True), (FINANCE, False, False)]
)
def test_editors_write_the_draft_and_administrators_push(as_role, site, role, edits, pushes):
    client = as_role(role)
    form = client.get(reverse("wagtailsettings:edit", args=["studio", "wechatmenu"]), follow=True)
    assert ("data-menu-phone" in form.content.decode()) == edits
    assert (client.get(reverse("studio_menu_push")).status_code == 200) == pushes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "field"),
    [
        (button("预约挂号去"), "name"),
        (button("客服", kind="click", key=""), "key"),
        (button("小程序", kind="miniprogram", app_id="wx1"), "page_path"),
        (button("首页", link=link()), "link"),
        (button("电话", link=link(url="tel:120")), "link"),
    ],
)
def test_the_form_refuses_at_the_field(value, field):
    from wagtail.blocks.struct_block import StructBlockValidationError

    from cms.studio.menu_blocks import ButtonBlock

    block = ButtonBlock()
    with pytest.raises(StructBlockValidationError) as refused:
        block.clean(block.to_python(value | {"sub_buttons": []}))
    assert field in refused.value.block_errors


def test_a_button_with_others_below_needs_no_link():
    from cms.studio.menu_blocks import ButtonBlock

    block = ButtonBlock()
    value = block.to_python(button("服务", link=link(), below=[button("挂号")]))
    assert block.clean(value)["name"] == "服务"
