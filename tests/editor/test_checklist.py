"""The checklist before publishing: each trouble with its place, nothing saved, asked by those who may edit."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from blocks.checking import MUST, SHOULD
from cms.backoffice.roles import EDITOR, FINANCE, setup_roles
from cms.pages.checklist import Item, checklist, must_fix
from cms.pages.models import PortalPage
from tests.pages.building import block, make_image, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.9")]


def text(html: str, title: str = "来院前") -> dict[str, Any]:
    return block("rich_text", {"title": title, "text": html})


def items(home: PortalPage, *blocks: dict[str, Any], **fields: Any) -> list[Item]:
    return checklist(make_page(home, fields.pop("title", "指南"), list(blocks), **fields))


def only(found: list[Item]) -> Item:
    assert len(found) == 1, found
    return found[0]


def picture(image: Any, **facts: Any) -> dict[str, Any]:
    return {"image": image.pk, "decorative": False, "alt_text": "门诊楼正门", **facts}


def test_a_page_without_faults_has_an_empty_list(home: PortalPage) -> None:
    image = make_image()
    assert items(home, text("<h2>一</h2><p>字</p>"), block("image", {"image": picture(image), "link": {}})) == []


def test_a_picture_without_words_must_get_some(home: PortalPage) -> None:
    # Given a picture inside a carousel without alternative text
    image = make_image()
    slide = {"image": picture(image, alt_text=""), "title": "", "text": "", "link": {}}
    page = make_page(home, "首图", [block("banner", {"label": "图", "slides": [slide]})])
    # Then the list says where, for people and for the form
    found = only(checklist(page))
    value = page.body[0]
    assert found.severity == MUST
    assert "没有替代文字" in found.sentence
    assert found.place.startswith("第 1 块「轮播图」 › ")
    assert "第 1 项" in found.place
    item_id = value.value["slides"].bound_blocks[0].id
    assert found.path == f"body.{value.id}.slides.{item_id}.image.alt_text"


@pytest.mark.parametrize("words", ["IMG_2034", "微信图片_20261120", "banner.jpg", "🎉🎉"])
def test_words_that_say_nothing_are_named(home: PortalPage, words: str) -> None:
    found = only(items(home, block("image", {"image": picture(make_image(), alt_text=words), "link": {}})))
    assert (found.severity, "替代文字" in found.sentence) == (SHOULD, True)


def test_decoration_needs_no_words(home: PortalPage) -> None:
    decoration = picture(make_image(), alt_text="", decorative=True)
    assert items(home, block("image", {"image": decoration, "link": {}})) == []


@pytest.mark.parametrize("facts", [{"file_size": 12_000_000}, {"width": 12000, "height": 9000}])
def test_a_heavy_picture_is_named(home: PortalPage, facts: dict[str, int]) -> None:
    image = make_image()
    type(image).objects.filter(pk=image.pk).update(**facts)
    found = only(items(home, block("image", {"image": picture(image), "link": {}})))
    assert "图片太大" in found.sentence


FILM = {"source": "tencent", "tencent": "a0012abcdef"}


def test_a_film_without_a_title_must_get_one(home: PortalPage) -> None:
    found = only(items(home, block("video", {**FILM, "title": "", "transcript": "<p>先空腹六小时。</p>"})))
    assert (found.severity, found.path.rsplit(".", 1)[-1]) == (MUST, "title")


def test_a_film_or_a_sound_has_words_for_those_who_cannot_hear(home: PortalPage) -> None:
    spoken = {**FILM, "title": "胃镜前的准备"}
    found = only(items(home, block("video", spoken)))
    assert (found.severity, found.path.rsplit(".", 1)[-1]) == (SHOULD, "transcript")
    assert "文字稿" in found.sentence
    assert items(home, block("video", {**spoken, "transcript": "<p>先空腹六小时。</p>"})) == []


def test_links_that_lead_nowhere_are_named(home: PortalPage) -> None:
    # Given a link to a draft, to a role without a page, to no address, to a path of ours that is no page
    draft = make_page(home, "草稿页", live=False)
    found = items(
        home,
        block("notice", {"kind": "notice", "text": "一", "link": {"page": draft.pk}}),
        block("notice", {"kind": "notice", "text": "二", "link": {"role": "messages"}}),
        block("notice", {"kind": "notice", "text": "三", "link": {"url": "javascript:alert(1)"}}),
        block("notice", {"kind": "notice", "text": "四", "link": {"url": "/nowhere/"}}),
        block("notice", {"kind": "notice", "text": "五", "link": {"url": "https://example.com/"}}),
        block("notice", {"kind": "notice", "text": "六", "link": {"url": "/-/signin/"}}),
    )
    assert [item.path.rsplit(".", 2)[-2:] for item in found] == [
        ["link", "page"],
        ["link", "role"],
        ["link", "url"],
        ["link", "url"],
    ]
    assert [item.severity for item in found] == [MUST, MUST, MUST, SHOULD]


def test_texts_are_read(home: PortalPage) -> None:
    draft = make_page(home, "草稿页", live=False)
    found = items(
        home,
        text("<h2>一</h2><h4>二</h4>"),
        text("<h3>一</h3>", title=""),
        text('<p><embed embedtype="image" id="1" alt="" format="fullwidth"/></p>'),
        text(f'<p><a linktype="page" id="{draft.pk}">去</a></p>'),
        text('<p><a href="javascript:alert(1)">去</a></p>'),
        text("<h2> </h2><p>字</p>"),
    )
    assert len(found) == 6
    assert [item.severity for item in found] == [MUST, MUST, SHOULD, SHOULD, SHOULD, SHOULD]


def test_titles_of_emoji_are_named(home: PortalPage) -> None:
    found = items(home, text("<p>字</p>", title="🎉🎉"), title="🎉")
    assert [(item.severity, item.path.split(".")[-1]) for item in found] == [(MUST, "title"), (SHOULD, "title")]


def test_empty_blocks_pages_and_past_times_are_named(home: PortalPage) -> None:
    past = (timezone.now() - timedelta(days=1)).isoformat()
    over = block("notice", {"kind": "notice", "text": "停电"}, settings={"visible_until": past})
    found = items(home, text("<p></p>", title=""), block("card_list", {"title": "科普", "items": []}), over)
    assert ["没有内容" in i.sentence for i in found] == [True, True, False]
    assert found[2].path.endswith("settings.visible_until")
    assert "还没有任何内容" in only(items(home)).sentence


def test_a_list_that_fills_itself_is_not_called_empty(home: PortalPage) -> None:
    # Given all doctors shown, so that none is chosen by hand
    assert items(home, block("doctor_showcase", {"source": "all", "doctors": []})) == []
    # When doctors shall be chosen and none is, it is
    assert "没有内容" in only(items(home, block("doctor_showcase", {"source": "chosen", "doctors": []}))).sentence


def test_a_page_of_a_step_without_its_block_is_named(home: PortalPage) -> None:
    found = items(home, text("<p>字</p>"), service_role="registration.departments")
    assert any("办不了事" in item.sentence and item.severity == MUST for item in found)


def test_the_cost_does_not_grow_with_the_page(home: PortalPage, django_assert_max_num_queries: Any) -> None:
    target = make_page(home, "目标")
    many = [text(f'<p><a linktype="page" id="{target.pk}">去</a></p>') for _ in range(60)]
    many += [block("notice", {"kind": "notice", "text": "一", "link": {"page": target.pk}}) for _ in range(60)]
    page = PortalPage.objects.get(pk=make_page(home, "长页", many).pk)
    with django_assert_max_num_queries(30):
        assert checklist(page) == []


# --- in the editor ----------------------------------------------------------------------------------------------------


def form(*blocks: tuple[str, Any], **fields: Any) -> dict[str, Any]:
    facts = {"title": "指南", "slug": "guide", "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}}
    body = streamfield(list(blocks))
    for number, name in enumerate(("aa", "bb", "cc")[: len(blocks)]):
        body[str(number)]["id"] = f"{name}000000-0000-4000-8000-000000000000"
    return nested_form_data({**facts, "comments-TOTAL_FORMS": 0, "body": body, **fields})


def rich(html: str, title: str = "") -> dict[str, Any]:
    return {"title": title, "text": rich_text(html), "settings": SETTINGS}


SETTINGS = {"audience": "everyone", "spacing": "normal", "card_style": "card"}


@pytest.fixture
def page(home: PortalPage) -> PortalPage:
    return make_page(home, "指南", [text("<p>旧</p>")])


def ask(client: Client, page: PortalPage, data: dict[str, Any]) -> Any:
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]) + "checklist/", data)


def test_what_is_typed_is_checked_and_not_saved(page: PortalPage, desk: Client) -> None:
    # Given a notice that is half filled in
    notice = {"kind": "notice", "text": "", "link": {}, "settings": SETTINGS}
    answer = ask(desk, page, form(("rich_text", rich("<h2></h2><p>新</p>")), ("notice", notice)))
    html = answer.content.decode()
    # Then the missing words are named at their field, and the stored page stays
    assert answer.status_code == 200
    assert 'data-jump="body.bb000000-0000-4000-8000-000000000000.text"' in html
    assert "第 2 块「通知栏」 › 内容" in html
    assert answer.context["must"] == 1
    page.refresh_from_db()
    assert "旧" in str(page.body.raw_data[0])
    assert page.latest_revision_id is None


def test_a_mistake_in_one_block_does_not_hide_those_of_others(page: PortalPage, desk: Client) -> None:
    # Given times typed the wrong way round, a notice without words that is over, a text of nothing
    backwards = SETTINGS | {"visible_from": "2026-11-25 08:00", "visible_until": "2026-11-24 08:00"}
    over = SETTINGS | {"visible_until": "2020-01-01 08:00"}
    first = {"kind": "notice", "text": "一", "link": {}, "settings": backwards}
    second = {"kind": "notice", "text": "", "link": {}, "settings": over}
    answer = ask(desk, page, form(("notice", first), ("notice", second), ("rich_text", rich("<p></p>"))))
    # Then each is named at its place
    found = [
        (item.severity, item.place.partition("」")[0], item.path.rsplit(".")[-1]) for item in answer.context["items"]
    ]
    assert found == [
        (MUST, "第 1 块「通知栏", "visible_until"),
        (MUST, "第 2 块「通知栏", "text"),
        (SHOULD, "第 2 块「通知栏", "visible_until"),
        (SHOULD, "第 3 块「图文", "cc000000-0000-4000-8000-000000000000"),
    ]


def test_a_new_page_is_checked_too(home: PortalPage, desk: Client) -> None:
    url = reverse("wagtailadmin_pages:add", args=["pages", "portalpage", home.pk]) + "checklist/"
    answer = desk.post(url, form(title="", slug=""))
    assert answer.status_code == 200
    assert any(item.path == "title" for item in answer.context["items"])


def test_only_those_who_may_edit_ask(page: PortalPage, home: PortalPage, desk: Client, django_user_model: Any) -> None:
    groups = setup_roles()
    answers = {}
    for role in (EDITOR, FINANCE):
        user = django_user_model.objects.create_user(role)
        user.groups.add(groups[role])
        client = Client()
        client.force_login(user)
        answers[role] = ask(client, page, form()).status_code
    assert answers == {EDITOR: 200, FINANCE: 302}
    assert ask(Client(), page, form()).status_code == 302


def test_publishing_asks_about_what_must_be_put_right(page: PortalPage, home: PortalPage, desk: Client) -> None:
    # Given a page whose text links to a draft
    draft = make_page(home, "草稿页", live=False)
    page.body = [text(f'<p><a linktype="page" id="{draft.pk}">去</a></p>')]
    assert only(must_fix(page)).path.endswith("text")
    html = f'<p><a linktype="page" id="{draft.pk}">去</a></p>'
    # When it is published
    data = form(("rich_text", rich(html)), **{"action-publish": "1"})
    answer = desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)
    # Then staff are told, with the way to the place, and may go on
    shown = answer.content.decode()
    assert "仍然发布" in shown
    assert "没有发布或已删除的页面" in shown
    assert "#:w:contentpath=body." in shown


def test_the_side_panel_is_in_the_editor(page: PortalPage, desk: Client) -> None:
    html = desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "data-checklist" in html
    assert "发布前检查" in html
    assert "data-preview-controls" in html
    assert "checker-axe-configuration" not in html
