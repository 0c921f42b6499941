"""Who may add, change and delete which block: decided by administrators, held by the page form."""

import re
import uuid
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from blocks.base import complete
from blocks.permissions import NOTHING, Allowed, Rights, default_for, refusals, settled
from blocks.registry import PortalStreamField, block_classes, is_business
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from cms.blockrules import rights
from cms.blockrules.forms import BlockRulesForm
from cms.blockrules.models import BlockRule, PageLock
from cms.pages.models import PortalPage
from tests.compose.posted import as_posted, page_form
from tests.pages.building import block, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.26")]

STREAM = PortalPage._meta.get_field("body").stream_block
LOCKED = Rights(rules=dict.fromkeys(block_classes(), NOTHING))


def said(old: list[Any], new: list[Any], given: Rights = LOCKED) -> list[str]:
    return [f"{one.deed}:{one.name}" for one in refusals(STREAM, old, new, given)]


def decide(name: str, group: Any, *, add: bool = True, change: bool = True, delete: bool = True) -> None:
    BlockRule.objects.create(block_type=name, group=group, may_add=add, may_change=change, may_delete=delete)


class TestComparing:
    def test_moving_blocks_is_free(self) -> None:
        a, b = block("notice", {"text": "甲"}), block("notice", {"text": "乙"})
        assert said([a, b], [b, a]) == []

    def test_each_deed_is_found_once(self) -> None:
        a, b = block("notice", {"text": "甲"}), block("rich_text", {"text": "<p>乙</p>"})
        assert said([a], [a, b, {**b, "id": "x"}]) == ["add:rich_text"]
        assert said([a, b], [b]) == ["delete:notice"]
        assert said([a], [{**a, "value": {**a["value"], "text": "丙"}}]) == ["change:notice"]

    def test_another_type_under_a_known_id_is_both(self) -> None:
        a = block("notice", {"text": "甲"})
        assert said([a], [{**block("rich_text"), "id": a["id"]}]) == ["add:rich_text", "delete:notice"]

    def test_a_second_block_with_a_known_id_is_an_added_one(self) -> None:
        a = block("notice", {"text": "甲"})
        assert said([a], [a, a]) == ["add:notice"]

    def test_a_setting_is_part_of_a_block(self) -> None:
        a = block("notice", {"text": "甲"})
        assert said([a], [{**a, "value": {**a["value"], "settings": {"audience": "guest"}}}]) == ["change:notice"]

    @pytest.mark.parametrize("name", list(block_classes()))
    def test_saving_an_untouched_form_changes_no_block(self, home: PortalPage, name: str) -> None:
        # Given a block as it may be stored: by code, with everything filled in that its preview shows
        definition = STREAM.child_blocks[name]
        soon = timezone.now().replace(second=17)
        value = definition.get_preview_value()
        stored = definition.get_prep_value(value)
        stored["settings"] = {"visible_from": soon.isoformat(), "campuses": ["EAST"], "entrances": ["wechat"]}
        # When the form sends what it was given
        native = definition.to_python(stored)
        back = definition.value_from_datadict(as_posted(definition, native, "b"), {}, "b")
        # Then nobody has changed anything
        returned = definition.get_prep_value(definition.without_hidden(back))
        assert settled(definition, returned) == settled(definition, stored)


class TestDefaults:
    def test_a_block_that_does_a_steps_work_stays_where_it_is(self) -> None:
        assert default_for(block_classes()["slot_list"]) == Allowed(add=False, change=True, delete=False)
        assert default_for(block_classes()["notice"]) == Allowed()

    def test_what_can_do_harm_is_for_administrators(self) -> None:
        harmful = type("Harmful", (block_classes()["notice"],), {"admin_only": True})
        assert default_for(harmful) == NOTHING

    def test_business_and_content_are_told_apart(self) -> None:
        assert is_business("slot_list")
        assert not is_business("rich_text")

    def test_one_group_of_several_is_enough(self, roles: Any, as_role: Any) -> None:
        user = as_role(EDITOR, FINANCE).user
        for name, may in ((EDITOR, False), (FINANCE, True)):
            BlockRule.objects.create(
                block_type="notice", group=roles[name], may_add=may, may_change=False, may_delete=False
            )
        assert rights.rights_of(user).allowed("notice") == Allowed(True, False, False)

    def test_rights_are_read_with_few_queries(
        self, as_role: Any, home: PortalPage, django_assert_max_num_queries: Any
    ) -> None:
        user = as_role(EDITOR).user
        with django_assert_max_num_queries(6):
            rights.rights_of(user, home)


@pytest.fixture
def slots(home: PortalPage) -> PortalPage:
    """Give a page with a step's block and a notice, with a revision."""
    page = make_page(home, "选择时段", [block("slot_list", {"title": "时段"}), block("notice", {"text": "请带身份证"})])
    page.save_revision().publish()
    return PortalPage.objects.get(pk=page.pk)


def saves(client: Any, page: PortalPage, data: dict[str, Any]) -> Any:
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)


def texts(page: PortalPage) -> list[str]:
    return [child.block_type for child in PortalPage.objects.get(pk=page.pk).get_latest_revision_as_object().body]


class TestThePageForm:
    def test_an_editor_saves_words_beside_a_locked_block(self, as_role: Any, slots: PortalPage) -> None:
        data = page_form(slots)
        data["body-1-value-text"] = "请带医保卡"
        answer = saves(as_role(EDITOR), slots, data)
        assert answer.status_code == 302
        draft = PortalPage.objects.get(pk=slots.pk).get_latest_revision_as_object()
        assert draft.body[1].value["text"] == "请带医保卡"

    def test_a_forged_removal_is_refused_in_chinese_and_nothing_is_lost(self, as_role: Any, slots: PortalPage) -> None:
        data = page_form(slots)
        data["body-0-deleted"] = "1"
        data["body-1-value-text"] = "改好的通知"
        answer = saves(as_role(EDITOR), slots, data)
        assert answer.status_code == 200
        # The form is drawn by script from data in an attribute.
        html = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), answer.content.decode())
        assert "组件不能删除：患者在这一页办事要用它" in html
        assert "改好的通知" in html
        assert texts(slots) == ["slot_list", "notice"]

    def test_a_forged_addition_is_refused(self, as_role: Any, slots: PortalPage, home: PortalPage) -> None:
        other = make_page(home, "别的页", [block("notice", {"text": "甲"})])
        data = page_form(other)
        posted = as_posted(
            STREAM.child_blocks["slot_list"], STREAM.child_blocks["slot_list"].get_default(), "body-1-value"
        )
        data |= {
            "body-count": "2",
            "body-1-deleted": "",
            "body-1-order": "1",
            "body-1-type": "slot_list",
            "body-1-id": "",
        }
        answer = saves(as_role(EDITOR), other, data | posted)
        assert answer.status_code == 200
        assert texts(other) == ["notice"]
        assert saves(as_role(ADMINISTRATOR), other, data | posted).status_code == 302
        assert texts(other) == ["notice", "slot_list"]

    @pytest.mark.parametrize("deed", ["add", "change", "delete"])
    def test_raw_html_belongs_to_administrators(self, as_role: Any, home: PortalPage, deed: str) -> None:
        # Given a page with a block of raw HTML, and a form that does something to it
        page = make_page(home, "代码", [block("raw_html", {"html": "<p>旧</p>"}), block("notice", {"text": "甲"})])
        data = page_form(page)
        if deed == "add":
            page.body = [block("notice", {"text": "甲"})]
            page.save()
            data["body-1-id"] = page.body[0].id
        elif deed == "change":
            data["body-0-value-html"] = "<p>新</p>"
        else:
            data["body-0-deleted"] = "1"
        before = texts(page)
        # When an editor sends it, it is refused
        assert saves(as_role(EDITOR), page, data).status_code == 200
        assert PortalPage.objects.get(pk=page.pk).latest_revision is None
        # When an administrator sends it, it is done
        assert saves(as_role(ADMINISTRATOR), page, data).status_code == 302
        after = {"add": ["raw_html", "notice"], "change": before, "delete": ["notice"]}
        assert texts(page) == after[deed]
        if deed == "change":
            draft = PortalPage.objects.get(pk=page.pk).get_latest_revision_as_object()
            assert draft.body[0].value["html"] == "<p>新</p>"

    def test_a_change_of_a_locked_page_is_refused_and_other_words_are_free(
        self, as_role: Any, slots: PortalPage
    ) -> None:
        PageLock.objects.create(page=slots)
        data = page_form(slots)
        assert saves(as_role(EDITOR), slots, data | {"body-1-value-text": "新"}).status_code == 302
        assert saves(as_role(EDITOR), slots, data | {"body-0-value-title": "别的标题"}).status_code == 200
        assert saves(as_role(ADMINISTRATOR), slots, data | {"body-0-value-title": "别的标题"}).status_code == 302

    def test_a_new_page_is_held_to_it_too(self, as_role: Any, home: PortalPage) -> None:
        page = PortalPage(title="新页", slug="neu", body=[block("slot_list")])
        page.body = [block("slot_list")]
        url = reverse("wagtailadmin_pages:add", args=["pages", "portalpage", home.pk])
        data = page_form(page)
        assert as_role(EDITOR).post(url, data).status_code == 200
        assert not PortalPage.objects.filter(slug="neu").exists()
        assert as_role(ADMINISTRATOR).post(url, data).status_code == 302

    def test_what_was_decided_counts(self, as_role: Any, roles: Any, slots: PortalPage) -> None:
        BlockRule.objects.create(
            block_type="slot_list", group=roles[EDITOR], may_add=True, may_change=True, may_delete=True
        )
        data = page_form(slots)
        data["body-0-deleted"] = "1"
        assert saves(as_role(EDITOR), slots, data).status_code == 302
        assert texts(slots) == ["notice"]

    def test_every_form_over_blocks_is_held_to_the_rules(self) -> None:
        from wagtail.models import get_page_models

        for model in get_page_models():
            if any(isinstance(field, PortalStreamField) for field in model._meta.fields):
                assert issubclass(model.get_edit_handler().get_form_class(), BlockRulesForm), model


class TestThePageOfRules:
    def test_only_administrators_open_it(self, as_role: Any) -> None:
        url = reverse("block_rules")
        assert as_role(ADMINISTRATOR).get(url).status_code == 200
        assert as_role(EDITOR).get(url).status_code == 302
        assert as_role(FINANCE).get(url).status_code == 302
        assert as_role().get(url).status_code == 302

    def test_it_offers_groups_that_edit_pages_and_stores_what_differs(self, as_role: Any, roles: Any) -> None:
        client, url, pk = as_role(ADMINISTRATOR), reverse("block_rules"), roles[EDITOR].pk
        html = client.get(url).content.decode()
        assert f'name="notice:{pk}:add"' in html
        assert f'name="notice:{roles[ADMINISTRATOR].pk}:add"' not in html
        ticked = {}
        for name, block_class in block_classes().items():
            for deed in default_for(block_class).names:
                ticked[f"{name}:{pk}:{deed}"] = "on"
        del ticked[f"notice:{pk}:delete"]
        client.post(url, ticked)
        rule = BlockRule.objects.get()
        assert (rule.block_type, rule.may_add, rule.may_change, rule.may_delete) == ("notice", True, True, False)
        assert AuditEvent.objects.filter(event="blocks.rules").exists()
        # Back to the default nothing is stored.
        client.post(url, ticked | {f"notice:{pk}:delete": "on"})
        assert not BlockRule.objects.exists()

    def test_the_number_of_queries_does_not_grow_with_the_rules(
        self, as_role: Any, roles: Any, django_assert_max_num_queries: Any
    ) -> None:
        client = as_role(ADMINISTRATOR)
        client.get(reverse("block_rules"))
        for name in block_classes():
            BlockRule.objects.create(
                block_type=name, group=roles[EDITOR], may_add=False, may_change=True, may_delete=True
            )
        with django_assert_max_num_queries(30):
            client.get(reverse("block_rules"))


class TestTheLockOfAPage:
    def test_an_administrator_locks_and_unlocks_and_it_is_written_down(self, as_role: Any, slots: PortalPage) -> None:
        client, url = as_role(ADMINISTRATOR), reverse("block_rules_page_lock", args=[slots.pk])
        assert f"「{STREAM.child_blocks['slot_list'].label}」" in client.get(url).content.decode()
        client.post(url, {"reason": "国庆值班"})
        assert PageLock.objects.get().reason == "国庆值班"
        assert "国庆值班" in client.get(url).content.decode()
        client.post(url)
        assert not PageLock.objects.exists()
        assert set(AuditEvent.objects.filter(event__startswith="blocks.page").values_list("event", flat=True)) == {
            "blocks.page_locked",
            "blocks.page_unlocked",
        }

    def test_an_editor_may_not(self, as_role: Any, slots: PortalPage) -> None:
        url = reverse("block_rules_page_lock", args=[slots.pk])
        assert as_role(EDITOR).post(url).status_code == 302
        assert not PageLock.objects.exists()

    def test_the_editor_of_the_page_offers_it_to_administrators(self, as_role: Any, slots: PortalPage) -> None:
        url = reverse("wagtailadmin_pages:edit", args=[slots.pk])
        assert "锁定业务组件" in as_role(ADMINISTRATOR).get(url).content.decode()
        assert "锁定业务组件" not in as_role(EDITOR).get(url).content.decode()


def test_ids_of_blocks_are_what_counts() -> None:
    one = {"type": "notice", "value": {"text": "甲"}, "id": str(uuid.uuid4())}
    assert complete(STREAM.child_blocks["notice"], one["value"])["text"] == "甲"
    assert said([{**one, "id": None}], [one]) == []
