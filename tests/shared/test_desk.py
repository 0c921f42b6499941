"""Shared content in the desk: making, changing, taking away, and who may."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page

from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from cms.blockrules.models import PageLock, SharedUse
from cms.pages.models import PortalPage
from cms.shared.desk import address
from cms.shared.models import SharedBlock
from tests.compose.posted import as_posted, page_form
from tests.pages.building import block, make_page
from tests.shared.making import make_shared, place, say, words

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.9")]


def form(shared: SharedBlock, **more: Any) -> dict[str, Any]:
    stream = SharedBlock._meta.get_field("body").stream_block
    return {"name": shared.name, "note": shared.note, **as_posted(stream, shared.body, "body"), **more}


def html_of(response: Any) -> str:
    """Return a page of the desk; forms of blocks are drawn by script from data in an attribute."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), response.content.decode())


class TestEditing:
    def test_the_publicity_office_makes_and_publishes_one(self, as_role: Any, home: PortalPage) -> None:
        draft = SharedBlock(name="咨询电话", body=[words("电话 8000")])
        answer = as_role(EDITOR).post(address("add"), form(draft, **{"action-publish": "1"}))
        assert answer.status_code == 302
        shared = SharedBlock.objects.get()
        assert (shared.name, shared.live) == ("咨询电话", True)
        assert AuditEvent.objects.filter(event="shared.published").exists()

    def test_where_it_is_used_stands_above_the_form(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("甲")])
        page = make_page(home, "就诊指南", [place(shared)])
        drafting = make_page(home, "草稿页", [])
        drafting.body = [place(shared)]
        drafting.save_revision()
        html = html_of(as_role(EDITOR).get(address("edit", shared.pk)))
        assert "用在 2 个页面" in html
        assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in html
        assert "（只在草稿里）" in html

    def test_a_place_for_shared_content_is_not_offered_inside(self, as_role: Any, home: PortalPage) -> None:
        names = set(SharedBlock._meta.get_field("body").stream_block.child_blocks)
        assert "shared" not in names
        assert "rich_text" in names

    def test_a_used_one_is_deleted_only_after_the_page_that_says_where(self, as_role: Any, home: PortalPage) -> None:
        # Given one that a page shows
        shared = make_shared("须知", [words("甲")])
        make_page(home, "就诊指南", [place(shared)])
        client = as_role(EDITOR)
        # When somebody asks to delete it without having seen the pages
        for url in (address("delete", shared.pk), address("unpublish", shared.pk)):
            answer = client.post(url)
            # Then nothing happens but the warning
            assert "就诊指南" in html_of(answer)
            assert "用在 1 个页面" in html_of(answer)
            assert SharedBlock.objects.get(pk=shared.pk).live
        assert client.post(address("unpublish", shared.pk), {"portal_confirmed": "1"}).status_code == 302
        assert not SharedBlock.objects.get(pk=shared.pk).live
        assert client.post(address("delete", shared.pk), {"portal_confirmed": "1"}).status_code == 302
        assert not SharedBlock.objects.exists()
        assert not SharedUse.objects.exists()
        assert AuditEvent.objects.filter(event="shared.deleted").exists()

    def test_used_ones_are_not_deleted_in_bulk(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("甲")])
        make_page(home, "页", [place(shared)])
        url = reverse("wagtail_bulk_action", args=["shared", "sharedblock", "delete"]) + f"?id={shared.pk}"
        as_role(EDITOR).post(url)
        assert SharedBlock.objects.filter(pk=shared.pk).exists()

    def test_publishing_asks_where_patients_would_stumble(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("入口", [words("甲")])
        page = make_page(home, "页", [place(shared)])
        shared.body = [block("notice", {"text": "看", "link": {"kind": "role", "role": "messages"}})]
        client = as_role(EDITOR)
        answer = client.post(address("edit", shared.pk), form(shared, **{"action-publish": "1"}))
        assert "发布前请确认" in html_of(answer)
        assert page.title in html_of(answer)
        now = SharedBlock.objects.get(pk=shared.pk)
        assert "甲" in str(now.body.raw_data[0])
        answer = client.post(reverse("shared_publish_anyway", args=[shared.pk]), {"revision": now.latest_revision_id})
        assert answer.status_code == 302
        assert SharedBlock.objects.get(pk=shared.pk).body.raw_data[0]["type"] == "notice"

    def test_the_preview_is_a_page_of_patients(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("带好证件")])
        client = as_role(EDITOR)
        url = address("preview_on_edit", shared.pk)
        typed = SharedBlock(name="须知", body=[words("带好医保卡")])
        assert client.post(url, form(typed)).json()["is_available"]
        html = html_of(client.get(url + "?mode=care&at=2030-01-01T08:00"))
        assert "带好医保卡" in html
        assert "ph-blocks" in html
        assert "data-care" in html

    def test_the_checklist_looks_at_what_is_typed(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("甲")])
        typed = SharedBlock(
            name="须知", body=[block("notice", {"text": "看", "link": {"kind": "role", "role": "messages"}})]
        )
        client = as_role(EDITOR)
        for url in (address("checks_run", shared.pk), address("checks_run_on_add")):
            html = html_of(client.post(url, form(typed)))
            assert "没有已发布的「消息」页" in html
        assert "这一项必填" in html_of(client.post(address("checks_run", shared.pk), form(typed, name="")))

    def test_an_earlier_version_can_be_looked_at_and_compared(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("甲")])
        shared.body = [words("乙")]
        shared.save_revision().publish()
        first, second = shared.revisions.order_by("pk").values_list("pk", flat=True)
        answer = as_role(EDITOR).get(address("revisions_compare", shared.pk, first, second))
        assert "乙" in html_of(answer)


class TestRights:
    @pytest.mark.parametrize(("role", "may"), [(EDITOR, True), (ADMINISTRATOR, True), (FINANCE, False)])
    def test_who_sees_the_list(self, as_role: Any, home: PortalPage, role: str, may: bool) -> None:
        assert (as_role(role).get(address("list")).status_code == 200) == may

    def test_a_departments_own_staff_place_it_and_do_not_edit_it(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("甲")])
        group = Group.objects.create(name="心内科")
        from django.contrib.auth.models import Permission

        group.permissions.add(Permission.objects.get(codename="access_admin"))
        page = make_page(home, "心内科", [])
        for name in ("change_page", "publish_page"):
            GroupPagePermission.objects.create(group=group, page=page, permission=Permission.objects.get(codename=name))
        client = as_role("心内科")
        assert client.get(address("edit", shared.pk)).status_code != 200
        page.body = [place(shared)]
        answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), page_form_of(page))
        assert answer.status_code == 302
        latest = PortalPage.objects.get(pk=page.pk).get_latest_revision_as_object()
        assert latest.body.raw_data[0]["type"] == "shared"

    def test_rules_about_blocks_hold_inside(self, as_role: Any, home: PortalPage) -> None:
        # Given shared content with a block that only administrators add
        shared = make_shared("小工具", [block("raw_html", {"html": "<p>x</p>"})])
        page = make_page(home, "页", [])
        page.body = [place(shared)]
        url = reverse("wagtailadmin_pages:edit", args=[page.pk])
        # When an editor places it on a page, or changes it
        html = html_of(as_role(EDITOR).post(url, page_form_of(page)))
        # Then the form says why not; an administrator may
        assert "组件只能由管理员添加" in html
        assert as_role(ADMINISTRATOR).post(url, page_form_of(page)).status_code == 302
        typed = SharedBlock.objects.get(pk=shared.pk)
        typed.body = [block("raw_html", {"html": "<p>y</p>"})]
        html = html_of(as_role(EDITOR).post(address("edit", shared.pk), form(typed)))
        assert "只能由管理员添加" in html or "不能删除" in html

    def test_a_locked_page_locks_the_business_blocks_it_shows(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("预约", [block("patient_list")])
        page = make_page(home, "页", [place(shared)])
        PageLock.objects.create(page=page)
        typed = SharedBlock.objects.get(pk=shared.pk)
        typed.body = [words("甲")]
        html = html_of(as_role(EDITOR).post(address("edit", shared.pk), form(typed)))
        assert "不能删除" in html

    def test_a_copy_is_a_new_one_and_takes_no_forbidden_block_along(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("小工具", [block("raw_html", {"html": "<p>x</p>"})])
        client, sent = as_role(EDITOR), form(shared, name="小工具二")
        assert f'action="{address("add")}"' in html_of(client.get(address("copy", shared.pk)))
        assert client.post(address("copy", shared.pk), sent).status_code == 405
        assert "组件只能由管理员添加" in html_of(client.post(address("add"), sent))
        assert [one.name for one in SharedBlock.objects.all()] == ["小工具"]

    def test_an_earlier_version_brings_no_forbidden_block_back(self, as_role: Any, home: PortalPage) -> None:
        # Given a block that an administrator took out
        earlier = make_shared("小工具", [block("raw_html", {"html": "<p>x</p>"})])
        say(earlier, "甲")
        url = address("revisions_revert", earlier.pk, earlier.latest_revision_id)
        # When an editor goes back to the version that had it
        answer = as_role(EDITOR).post(url, form(earlier, **{"action-publish": "1"}))
        # Then it stays out
        assert "组件只能由管理员添加" in html_of(answer)
        assert SharedBlock.objects.get().get_latest_revision_as_object().body[0].block_type == "rich_text"

    @pytest.mark.parametrize("how", ["delete", "unpublish", "bulk"])
    @pytest.mark.parametrize("why", ["a step", "a lock"])
    def test_what_must_stay_is_not_taken_away(self, as_role: Any, home: PortalPage, how: str, why: str) -> None:
        # Given shared content that holds a step of the portal, or that a colleague locked
        colleague = as_role(EDITOR).user
        shared = make_shared("选号", [block("slot_list") if why == "a step" else words("甲")])
        if why == "a step":
            make_page(home, "页", [place(shared)])
        else:
            SharedBlock.objects.filter(pk=shared.pk).update(locked=True, locked_by=colleague)
        # When an editor takes it away, whatever is posted
        bulk = reverse("wagtail_bulk_action", args=["shared", "sharedblock", "delete"]) + f"?id={shared.pk}"
        url = bulk if how == "bulk" else address(how, shared.pk)
        html = html_of(as_role(EDITOR).post(url, {"portal_confirmed": "1"}, follow=True))
        # Then it stays, and they are told whom to ask
        assert ("只能由管理员撤下" if why == "a step" else "被同事锁定了") in html
        assert SharedBlock.objects.get().live

    def test_copying_a_page_takes_no_forbidden_block_along(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("小工具", [block("raw_html", {"html": "<p>x</p>"})])
        page = make_page(home, "页", [place(shared)])
        answer = as_role(EDITOR).get(reverse("wagtailadmin_pages:copy", args=[page.pk]))
        assert answer.status_code == 302


def page_form_of(page: PortalPage) -> dict[str, Any]:
    """Return the form of a page with the body it has in memory."""
    stream = page.body.stream_block
    saved = PortalPage.objects.get(pk=page.pk)
    found = {key: value for key, value in page_form(saved).items() if not key.startswith("body-")}
    return {**found, **as_posted(stream, page.body, "body")}


class TestComposing:
    def post(self, client: Any, deed: str, raw: list[dict[str, Any]], page: Page, **more: Any) -> Any:
        stream = PortalPage._meta.get_field("body").stream_block
        data, chosen = {}, []
        for number, one in enumerate(raw):
            definition = stream.child_blocks[one["type"]]
            data |= as_posted(definition, definition.to_python(one["value"]), f"body-{number}-value")
            chosen.append({"type": one["type"], "prefix": f"body-{number}-value"})
        data |= {"chosen": json.dumps(chosen), **more}
        return client.post(reverse(f"editor_compose_{deed}") + f"?page={page.pk}", data)

    def test_blocks_of_a_page_become_shared_content_at_once(self, as_role: Any, home: PortalPage) -> None:
        page = make_page(home, "页", [])
        answer = self.post(as_role(EDITOR), "share", [words("甲"), words("乙")], page, name=" 咨询  电话 ")
        shared = SharedBlock.objects.get()
        assert (shared.name, shared.live, len(shared.body)) == ("咨询 电话", True, 2)
        assert answer.json()["blocks"][0]["type"] == "shared"
        assert answer.json()["blocks"][0]["value"]["content"]["id"] == shared.pk

    @pytest.mark.parametrize(
        ("name", "raw", "said"),
        [
            ("", [words("甲")], "请填写名称"),
            ("😀", [words("甲")], "请填写名称"),
            ("已有", [words("甲")], "叫这个名字"),
            ("新", [], "没有可以"),
            ("新", [block("notice", {"text": ""})], "没填好"),
            ("新", [block("raw_html", {"html": "<p>x</p>"})], "只能由管理员"),
        ],
    )
    def test_what_cannot_be_shared_is_said(
        self, as_role: Any, home: PortalPage, name: str, raw: list[dict[str, Any]], said: str
    ) -> None:
        make_shared("已有", [words("甲")])
        answer = self.post(as_role(EDITOR), "share", raw, make_page(home, "页", []), name=name)
        assert answer.status_code == 422
        assert said in answer.json()["error"]
        assert SharedBlock.objects.count() == 1

    def test_a_name_taken_in_the_same_moment_is_said(self, as_role: Any, home: PortalPage, monkeypatch: Any) -> None:
        make_shared("已有", [words("甲")])
        monkeypatch.setattr(SharedBlock, "full_clean", lambda self, **kwargs: None)  # a colleague was a moment faster
        answer = self.post(as_role(EDITOR), "share", [words("乙")], make_page(home, "页", []), name="已有")
        assert (answer.status_code, "叫这个名字" in answer.json()["error"]) == (422, True)

    def test_a_place_becomes_the_pages_own_blocks_with_its_settings(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("甲"), words("乙")])
        page = make_page(home, "页", [place(shared, audience="guest")])
        answer = self.post(as_role(EDITOR), "copy_own", [place(shared, audience="guest")], page).json()
        assert [one["type"] for one in answer["blocks"]] == ["rich_text", "rich_text"]
        assert answer["blocks"][0]["value"]["settings"]["audience"] == ["guest"]
        ids = {one["id"] for one in answer["blocks"]}
        assert len(ids) == 2
        assert not any("__" in one for one in ids)

    def test_the_clipboard_carries_a_place_to_another_page(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("甲")])
        page = make_page(home, "页", [])
        url = reverse("editor_compose_paste") + f"?page={page.pk}"
        answer = as_role(EDITOR).post(url, json.dumps([place(shared)]), content_type="application/json").json()
        assert answer["blocks"][0]["value"]["content"]["id"] == shared.pk
        SharedBlock.objects.all().delete()
        answer = as_role(EDITOR).post(url, json.dumps([place(shared)]), content_type="application/json").json()
        assert "公用内容在这里不存在" in answer["sentences"][0]


class TestReports:
    def test_the_report_of_blocks_names_shared_content_that_holds_one(self, as_role: Any, home: PortalPage) -> None:
        shared = make_shared("须知", [words("甲")])
        make_page(home, "页", [place(shared)])
        html = html_of(as_role(EDITOR).get(reverse("block_usage") + "?block=rich_text"))
        assert "在公用内容里" in html
        assert address("edit", shared.pk) in html

    def test_a_step_whose_block_is_shared_is_a_step(self, home: PortalPage, site: Any) -> None:
        from cms.pages import checks

        shared = make_shared("号源", [block("slot_list")])
        make_page(home, "选号", [place(shared)], service_role="registration.slots")
        codes = {problem.code for problem in checks.check_site(site)}
        assert checks.MISSING_BLOCK not in codes
        SharedBlock.objects.get(pk=shared.pk).unpublish()
        assert checks.MISSING_BLOCK in {problem.code for problem in checks.check_site(site)}

    def test_a_place_without_published_content_is_on_the_checklist(self, home: PortalPage) -> None:
        from cms.pages.checklist import must_fix

        shared = make_shared("须知", [words("甲")], live=False)
        page = make_page(home, "页", [place(shared)])
        assert [item.sentence for item in must_fix(page)] == ["公用内容「须知」没有发布，患者看不到这一块。"]
