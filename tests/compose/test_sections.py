"""Ready-made sections: each fits the blocks that exist and is shown as patients will see it."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.admin.icons import get_icons

from blocks import roles
from blocks.sections import SECTIONS, find, offered
from cms.backoffice.roles import EDITOR, FINANCE
from cms.blockrules.models import BlockRule
from cms.pages.models import PortalPage
from tests.pages.building import make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.10")]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def codes() -> list[str]:
    return [section.code for section in SECTIONS]


def test_there_are_enough_and_each_has_a_code_of_its_own() -> None:
    assert len(offered()) == len(SECTIONS) >= 10
    assert len(set(codes())) == len(SECTIONS)


@pytest.mark.parametrize("code", codes())
def test_a_section_is_valid_as_it_stands_but_for_pictures_it_asks_for(code: str) -> None:
    section = find(code)
    assert section is not None
    for block, value in section.values():
        try:
            block.clean(value)
        except ValidationError as error:
            assert section.sample == {block.name}, f"{block.name}: {error.as_json_data()}"
            assert section.hint
            assert '"image"' in str(error.as_json_data()).replace("'", '"')
        assert block.linked_roles(block.get_prep_value(value)) <= set(roles.ROLES)


@pytest.mark.parametrize("code", codes())
def test_a_section_tells_what_it_is(code: str) -> None:
    section = find(code)
    assert section is not None
    for text in (section.title, section.description):
        assert CHINESE.search(str(text))
    assert str(section.description).endswith("。")
    assert f'id="icon-{section.icon}"' in get_icons(), section.icon


def test_each_insertion_has_ids_of_its_own() -> None:
    first, second = (find("steps").stored() for _ in range(2))
    assert {one["id"] for one in first}.isdisjoint(one["id"] for one in second)


@pytest.mark.parametrize("code", codes())
def test_the_picker_shows_a_section_as_patients_will_see_it(as_role: Any, code: str) -> None:
    html = as_role(EDITOR).get(reverse("editor_compose_section_preview", args=[code])).content.decode()
    body = html.split("<body")[1]
    assert body.count('class="ph-block ') == len(find(code).blocks)
    assert CHINESE.search(body)
    assert "style=" not in body
    assert "<script" not in body


def test_the_form_gets_a_section_with_the_same_check_as_pasting(as_role: Any, roles: Any, home: PortalPage) -> None:
    page = make_page(home, "页")
    url = reverse("editor_compose_section", args=["stopped"])
    answer = as_role(EDITOR).get(url, {"page": page.pk}).json()
    assert [one["type"] for one in answer["blocks"]] == ["notice", "callout"]
    assert answer["blocks"][0]["value"]["kind"] == ["stop"]
    assert "「挂号 · 选择科室」" in answer["sentences"][0]
    # Who may not place one of its blocks gets the others, and is told.
    BlockRule.objects.create(block_type="callout", group=roles[EDITOR], may_add=False, may_change=True, may_delete=True)
    answer = as_role(EDITOR).get(url, {"page": page.pk}).json()
    assert [one["type"] for one in answer["blocks"]] == ["notice"]
    assert "「提示卡」只能由管理员添加，没有带过来。" in answer["sentences"]


def test_a_section_that_does_not_exist_and_staff_without_pages(as_role: Any, home: PortalPage) -> None:
    assert as_role(EDITOR).get(reverse("editor_compose_section", args=["nothing"])).status_code == 404
    assert as_role(FINANCE).get(reverse("editor_compose_section", args=["stopped"])).status_code == 302
    assert as_role(FINANCE).get(reverse("editor_compose_section_preview", args=["stopped"])).status_code == 302
