"""What staff may fill in: settings, links, pictures; and what a value makes of it."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.utils import timezone

from blocks.base import complete
from blocks.content.atoms import PictureBlock
from blocks.content.icon_grid import IconGridBlock
from blocks.links import LinkBlock, check_address, linked_roles
from blocks.visibility import SettingsBlock
from blocks.visitor import entrance_of, visitor_of

NOW = timezone.now()
HOUR = dt.timedelta(hours=1)


def settings_of(**values: Any) -> Any:
    return complete(SettingsBlock(), values)


def errors_of(block: Any, value: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as failure:
        block.clean(value)
    return {name: str(error.messages[0]) for name, error in failure.value.block_errors.items()}


@pytest.mark.django_db
def test_the_end_must_come_after_the_start_and_is_told_at_the_field() -> None:
    value = settings_of(visible_from=NOW, visible_until=NOW - HOUR)
    assert errors_of(SettingsBlock(), value) == {"visible_until": "停止显示的时间要晚于开始显示的时间。"}
    assert SettingsBlock().clean(settings_of(visible_from=NOW, visible_until=NOW + HOUR))


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [(None, None, True), (NOW, None, True), (NOW + HOUR, None, False), (None, NOW, False), (NOW - HOUR, NOW, False)],
)
def test_time_counts_from_the_start_until_just_before_the_end(start: Any, end: Any, shown: bool) -> None:
    assert settings_of(visible_from=start, visible_until=end).in_time(NOW) is shown


@pytest.mark.parametrize(
    ("values", "needs"),
    [
        ({}, False),
        ({"visible_until": NOW, "spacing": "large", "card_style": "plain"}, False),
        ({"audience": "guest"}, True),
        ({"entrances": ["wechat"]}, True),
        ({"campuses": ["EAST"]}, True),
    ],
)
def test_what_depends_on_the_visitor_cannot_be_in_the_shell(values: dict[str, Any], needs: bool) -> None:
    assert settings_of(**values).needs_visitor is needs


def test_spacing_and_card_style_become_classes() -> None:
    assert settings_of().css == "has-space-normal is-card"
    assert settings_of(spacing="none", card_style="tinted").css == "has-space-none is-tinted"


def test_who_looks_is_only_noted_when_somebody_asks() -> None:
    visitor = visitor_of(RequestFactory().get("/"))
    assert settings_of(entrances=["browser"]).admits(visitor)
    assert not visitor.account_used
    assert settings_of(audience="guest").admits(visitor)
    assert visitor.account_used


def test_a_campus_code_that_is_no_code_is_ignored() -> None:
    assert visitor_of(RequestFactory().get("/", {"campus": "EAST"})).campus == "EAST"
    assert visitor_of(RequestFactory().get("/", {"campus": "<script>"})).campus == ""


def test_wechats_mini_program_is_not_its_official_account() -> None:
    assert entrance_of("Mozilla/5.0 MicroMessenger/8.0.50 miniProgram/wx12") == "mini_program"
    assert entrance_of("Mozilla/5.0 MicroMessenger/8.0.50") == "wechat"
    assert entrance_of("") == "browser"


@pytest.mark.parametrize("address", ["https://www.example.org/a?b=c", "tel:027-12345678", "/guide/", "#top"])
def test_an_address_of_the_web_the_phone_or_this_portal_is_taken(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example.org", "/\\evil", "www.x.com", "https://", "tel:"],
)
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        check_address(address)


def test_a_link_has_one_destination() -> None:
    block = LinkBlock()
    both = complete(block, {"role": "home", "url": "https://www.example.org/"})
    assert errors_of(block, both) == {"url": "功能、页面、网址只能选一个。"}
    assert errors_of(block, complete(block, {})) == {"role": "请选择功能、页面，或填写网址。"}
    bad = complete(block, {"url": "javascript:alert(1)"})
    assert "url" in errors_of(block, bad)
    assert not LinkBlock(required=False).clean(complete(block, {})).is_set


def test_a_link_is_called_what_staff_say_or_what_it_leads_to() -> None:
    assert complete(LinkBlock(), {"role": "messages"}).label == "消息"
    assert complete(LinkBlock(), {"role": "messages", "text": "看消息"}).label == "看消息"
    external = complete(LinkBlock(), {"url": "https://www.example.org/"})
    assert external.is_external
    assert external.label == "https://www.example.org/"


def test_the_roles_a_block_leads_to_are_found_at_any_depth() -> None:
    grid = IconGridBlock()
    value = complete(grid, {"items": [{"label": "a", "link": {"role": "home"}}, {"label": "b"}]})
    assert linked_roles(grid, grid.get_prep_value(value)) == {"home"}
    old = {"items": [{"label": "a", "link": {"role": "messages"}}]}  # as lists were stored before items had ids
    assert grid.linked_roles(old) == {"messages"}
    assert grid.linked_roles({}) == set()


@pytest.mark.django_db
def test_a_picture_needs_words_or_the_mark_of_decoration(home: Any) -> None:
    from tests.pages.building import make_image

    block, image = PictureBlock(), make_image()
    value = block.to_python({"image": image.pk, "alt_text": "", "decorative": False})
    with pytest.raises(ValidationError):
        block.clean(value)
    assert block.clean(block.to_python({"image": image.pk, "alt_text": "门诊楼", "decorative": False}))
    assert block.clean(block.to_python({"image": image.pk, "alt_text": "", "decorative": True}))
