"""Copying and pasting blocks: what comes along, what cannot, and what is said before."""

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Collection, Page, Site

from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from cms.pages.models import PortalPage
from tests.compose.posted import as_posted
from tests.pages.building import block, make_image, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.8")]
STREAM = PortalPage._meta.get_field("body").stream_block


def paste(client: Any, items: Any, **where: Any) -> Any:
    url = reverse("editor_compose_paste") + "?" + "&".join(f"{k}={v.pk}" for k, v in where.items())
    body = items if isinstance(items, str) else json.dumps(items)
    return client.post(url, body, content_type="application/json")


def copy(client: Any, kinds: list[tuple[str, Any]], page: Page, **more: Any) -> Any:
    data, chosen = {}, []
    for number, (name, raw) in enumerate(kinds):
        definition = STREAM.child_blocks[name]
        data |= as_posted(definition, definition.to_python(raw), f"body-{number}-value")
        chosen.append({"type": name, "prefix": f"body-{number}-value"})
    data |= {"chosen": json.dumps(chosen), **more}
    return client.post(reverse("editor_compose_copy") + f"?page={page.pk}", data)


@pytest.fixture
def page(home: PortalPage) -> PortalPage:
    """Give a page to paste into."""
    return make_page(home, "目标页")


class TestCopying:
    def test_everything_typed_is_copied_and_can_be_pasted(self, as_role: Any, page: PortalPage) -> None:
        client = as_role(EDITOR)
        until = timezone.now().replace(second=0, microsecond=0)
        image = make_image("门诊楼")
        kinds = [
            ("notice", {"kind": "stop", "text": "停诊", "settings": {"visible_until": until.isoformat()}}),
            ("rich_text", {"title": "说明", "text": "<p>带好<b>证件</b></p>"}),
            ("image", {"image": {"image": image.pk, "decorative": False, "alt_text": "门诊楼"}, "caption": "楼"}),
            ("icon_grid", {"items": [{"label": "入口", "link": {"kind": "page", "page": page.pk}}]}),
        ]
        clip = copy(client, kinds, page).json()
        assert clip["page"] == "目标页"
        assert [one["type"] for one in clip["blocks"]] == ["notice", "rich_text", "image", "icon_grid"]
        answer = paste(client, clip["blocks"], page=page).json()
        assert answer["sentences"] == []
        notice, text, picture, grid = (one["value"] for one in answer["blocks"])
        assert (notice["kind"], notice["text"]) == (["stop"], "停诊")
        assert notice["settings"]["schedule"] == ["timed"]
        assert "证件" in json.loads(text["text"])["blocks"][0]["text"]
        assert picture["image"]["image"]["title"] == "门诊楼"
        assert grid["items"][0]["value"]["link"]["page"]["id"] == page.pk
        assert len({one["id"] for one in answer["blocks"]}) == 4

    def test_a_field_that_holds_no_value_is_told_in_chinese(self, as_role: Any, page: PortalPage) -> None:
        wrong = {"body-0-value-settings-visible_until": "2026-02-31 10:00"}
        answer = copy(as_role(EDITOR), [("notice", {"text": "甲"})], page, **wrong)
        assert answer.status_code in {200, 422}
        if answer.status_code == 422:
            assert "「通知栏」里有填错的内容" in answer.json()["error"]

    @pytest.mark.parametrize("chosen", ["", "[]", "{}", "[1]", '[{"type": "nothing", "prefix": "x"}]', "["])
    def test_nothing_to_copy_is_told(self, as_role: Any, page: PortalPage, chosen: str) -> None:
        answer = as_role(EDITOR).post(reverse("editor_compose_copy") + f"?page={page.pk}", {"chosen": chosen})
        assert answer.status_code == 422
        assert answer.json()["error"] == "没有可以复制的组件。"

    def test_a_million_blocks_are_refused_before_the_first_is_read(self, as_role: Any, page: PortalPage) -> None:
        chosen = json.dumps([{"type": "notice", "prefix": "x"}] * 50_000)
        answer = as_role(EDITOR).post(reverse("editor_compose_copy") + f"?page={page.pk}", {"chosen": chosen})
        assert answer.status_code == 422
        assert "200" in answer.json()["error"]

    def test_fields_that_are_missing_are_no_accident(self, as_role: Any, page: PortalPage) -> None:
        chosen = json.dumps([{"type": "icon_grid", "prefix": "body-9-value"}])
        answer = as_role(EDITOR).post(reverse("editor_compose_copy") + f"?page={page.pk}", {"chosen": chosen})
        assert answer.status_code == 422


class TestPasting:
    def test_unknown_blocks_and_lost_references_are_left_out_and_said(self, as_role: Any, page: PortalPage) -> None:
        items = [
            {"type": "from_another_world", "value": {}},
            {"type": "image", "value": {"image": {"image": 987654, "decorative": True, "alt_text": ""}}},
        ]
        answer = paste(as_role(EDITOR), items, page=page).json()
        assert [one["type"] for one in answer["blocks"]] == ["image"]
        assert answer["blocks"][0]["value"]["image"]["image"] is None
        assert any("from_another_world" in one for one in answer["sentences"])
        assert any("图片在这里不存在" in one for one in answer["sentences"])

    def test_a_page_of_another_site_is_taken_out_and_said(self, as_role: Any, page: PortalPage) -> None:
        other = make_page(Page.get_first_root_node(), "分院")
        Site.objects.create(hostname="branch.example.org", root_page=other, site_name="分院")
        items = [{"type": "notice", "value": {"text": "看", "link": {"kind": "page", "page": other.pk}}}]
        answer = paste(as_role(EDITOR), items, page=page).json()
        assert answer["blocks"][0]["value"]["link"]["page"] is None
        assert answer["sentences"] == ["链接的页面「分院」属于另一个站点，已去掉，请重新选择。"]

    def test_a_picture_of_a_closed_collection_is_taken_out_and_said(
        self, as_role: Any, page: PortalPage, roles: Any
    ) -> None:
        from wagtail.models import GroupCollectionPermission

        closed = Collection.get_first_root_node().add_child(name="内部")
        image = make_image("内部照片")
        image.collection = closed
        image.save()
        # Only a collection beside it is open to editors.
        GroupCollectionPermission.objects.filter(group=roles[EDITOR]).delete()
        items = [{"type": "image", "value": {"image": {"image": image.pk, "alt_text": "x"}}}]
        answer = paste(as_role(EDITOR), items, page=page).json()
        assert answer["blocks"][0]["value"]["image"]["image"] is None
        assert answer["sentences"] == ["您没有使用图片「内部照片」的权限，已去掉。"]

    def test_a_block_that_only_administrators_place_stays_behind(self, as_role: Any, page: PortalPage) -> None:
        items = [block("slot_list"), block("notice", {"text": "甲"})]
        answer = paste(as_role(EDITOR), items, page=page).json()
        assert [one["type"] for one in answer["blocks"]] == ["notice"]
        assert "只能由管理员添加，没有带过来。" in answer["sentences"][0]
        assert len(paste(as_role(ADMINISTRATOR), items, page=page).json()["blocks"]) == 2

    def test_a_link_to_a_step_without_a_page_stays_and_is_said(self, as_role: Any, page: PortalPage) -> None:
        items = [{"type": "notice", "value": {"text": "看", "link": {"kind": "role", "role": "messages"}}}]
        answer = paste(as_role(EDITOR), items, page=page).json()
        assert answer["blocks"][0]["value"]["link"]["role"] == ["messages"]
        assert answer["sentences"] == ["这个站点还没有「消息」页，链接暂时打不开。"]

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "[",
            "null",
            "{}",
            "[]",
            "[1]",
            '[{"type": "notice"}]',
            '[{"type": 3, "value": {}}]',
            "[" * 5000,
        ],
    )
    def test_a_damaged_clipboard_is_told_in_chinese(self, as_role: Any, page: PortalPage, body: str) -> None:
        answer = paste(as_role(EDITOR), body, page=page)
        assert answer.status_code == 422
        assert answer.json()["error"] in {"剪贴板里没有组件，请先复制。", "剪贴板里的内容已损坏，请重新复制。"}

    @pytest.mark.parametrize("value", [None, 7, "x", [], {"text": {"a": 1}}, {"link": [3]}, {"settings": "x"}])
    def test_a_damaged_block_never_breaks_the_editor(self, as_role: Any, page: PortalPage, value: Any) -> None:
        items = [{"type": "notice", "value": value}, block("rich_text", {"text": "<p>好</p>"})]
        answer = paste(as_role(EDITOR), items, page=page)
        assert answer.status_code in {200, 422}
        assert answer.json().get("blocks", answer.json().get("error"))

    def test_too_much_is_told(self, as_role: Any, page: PortalPage) -> None:
        items = [block("notice", {"text": "甲"})] * 201
        assert "最多粘贴 200 个组件" in paste(as_role(EDITOR), items, page=page).json()["error"]

    def test_who_may_not_edit_the_page_gets_nothing(self, as_role: Any, page: PortalPage) -> None:
        items = [block("notice", {"text": "甲"})]
        assert paste(as_role(FINANCE), items, page=page).status_code == 302
        assert paste(as_role(FINANCE), items).status_code == 302
        assert paste(as_role(), items, page=page).status_code == 302
        assert paste(as_role(EDITOR), items, parent=page).status_code == 200

    def test_queries_do_not_grow_with_the_blocks(self, as_role: Any, page: PortalPage) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client = as_role(EDITOR)

        def count(number: int) -> int:
            # Linked pages come one by one, as in Wagtail's own form: nothing but the choosers themselves may ask.
            items = [block("notice", {"text": "甲", "link": {"kind": "role", "role": "messages"}})] * number
            with CaptureQueriesContext(connection) as queries:
                assert len(paste(client, items, page=page).json()["blocks"]) == number
            return len(queries)

        count(1)
        assert count(2) == count(12)


class TestFacts:
    def test_the_picker_knows_rights_use_and_sound(self, as_role: Any, page: PortalPage) -> None:
        make_page(page, "公告", [block("notice", {"text": "甲"}), block("notice", {"text": "乙"})])
        facts = as_role(EDITOR).get(reverse("editor_compose_facts"), {"page": page.pk}).json()
        assert facts["blocks"]["slot_list"]["may"] == ["change"]
        assert "may" not in facts["blocks"]["notice"]
        assert facts["blocks"]["notice"]["used"] == 2
        assert "tzl" in facts["blocks"]["notice"]["words"]
        assert "tongzhilan" in facts["blocks"]["notice"]["words"]
        assert any(one["code"] == "front" and "symm" in one["words"] for one in facts["sections"])

    def test_a_section_with_a_block_out_of_reach_is_not_offered(self, as_role: Any, page: PortalPage) -> None:
        from cms.blockrules.models import PageLock

        PageLock.objects.create(page=page)
        facts = as_role(EDITOR).get(reverse("editor_compose_facts"), {"page": page.pk}).json()
        assert facts["blocks"]["patient_switcher"]["may"] == []
        assert "may" not in as_role(ADMINISTRATOR).get(reverse("editor_compose_facts")).json()["blocks"]["slot_list"]

    def test_a_page_that_does_not_exist_is_refused(self, as_role: Any, home: PortalPage) -> None:
        assert as_role(EDITOR).get(reverse("editor_compose_facts"), {"page": 987654}).status_code == 302
        assert as_role(EDITOR).get(reverse("editor_compose_facts"), {"page": "x"}).status_code == 200
