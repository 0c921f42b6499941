"""Page templates: made from pages, chosen for new pages, managed, shipped with the product."""

import io
from typing import Any

import pytest
from defusedxml import ElementTree
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow

from business.security.models import AuditEvent
from cms.backoffice.roles import EDITOR, FINANCE, setup_roles
from cms.library import bodies, shipped
from cms.library.models import PageTemplate
from cms.pages.models import DepartmentPage, DoctorPage, PortalPage
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


def staff(group: str) -> Client:
    setup_roles()
    user = get_user_model().objects.create_user(f"user-{group}", password="x")
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor(home: Any, site: Any) -> Client:
    return staff(EDITOR)


def save_as(client: Client, page: Any, **data: Any) -> Any:
    form = {"name": "冬季通知", "category": "news", "description": "", "page_title": "关于……的通知", **data}
    return client.post(reverse("library:save_as", args=[page.pk]), form)


def add_url(parent: Any, model: str = "portalpage") -> str:
    return reverse("wagtailadmin_pages:add", args=["pages", model, parent.pk])


@pytest.fixture
def template(editor: Client, home: Any) -> PageTemplate:
    page = make_page(home, "停诊通知", [block("notice", {"text": "骨科周三停诊"})])
    assert save_as(editor, page).status_code == 302
    return PageTemplate.objects.get()


@pytest.mark.req("46.8")
def test_a_page_saved_as_a_template_keeps_its_draft_and_gets_a_picture(editor: Client, home: Any) -> None:
    # Given a live page with a newer draft
    image = make_image()
    page = make_page(home, "停诊通知", [block("notice", {"text": "旧"})], show_title_bar=False)
    page.body = [block("notice", {"text": "骨科周三停诊"}), block("image", {"image": {"image": image.pk}})]
    page.save_revision()

    response = save_as(editor, page)

    assert response.url == reverse("library:index")
    template = PageTemplate.objects.get()
    first, second = template.raw_body()
    assert first["value"]["text"] == "骨科周三停诊"
    assert second["value"]["image"]["image"] == image.pk
    assert template.presets == {"show_title_bar": False, "is_home_style": False}
    assert template.page_type == "pages.portalpage"
    ElementTree.fromstring(template.drawing)
    assert "骨科周三停诊" in template.drawing
    assert "data:image/jpeg;base64," in template.drawing
    assert AuditEvent.objects.filter(event="template.created").exists()


def test_words_that_mean_something_to_xml_do_no_harm_in_the_picture(editor: Client, home: Any) -> None:
    page = make_page(home, "<script>&\"'", [block("notice", {"text": "<svg onload=alert(1)> & 😀"})])
    assert save_as(editor, page, name="<b>").status_code == 302

    drawing = PageTemplate.objects.get().drawing

    assert not [e for e in ElementTree.fromstring(drawing).iter() if e.tag.endswith("script") or "onload" in e.attrib]


@pytest.mark.req("46.8")
def test_a_new_page_begins_with_a_choice_of_pictures(editor: Client, home: Any, template: PageTemplate) -> None:
    response = editor.get(add_url(home), follow=True)

    assert response.redirect_chain[-1][0] == reverse("library:choose", args=["pages", "portalpage", home.pk])
    words = response.content.decode()
    gallery = words[words.index("library-grid") :]
    assert gallery.index("空白") < gallery.index("冬季通知")
    assert f"{add_url(home)}?template={template.code}" in words
    assert template.picture_url in words


@pytest.mark.req("46.8")
def test_the_chosen_template_fills_the_form(editor: Client, home: Any, template: PageTemplate) -> None:
    response = editor.get(add_url(home), {"template": template.code})

    page = response.context["form"].instance
    assert page.title == "关于……的通知"
    assert [child.block_type for child in page.body] == ["notice"]
    assert page.body[0].id != template.raw_body()[0]["id"]
    assert page.body[0].value["text"] == "骨科周三停诊"
    assert not PortalPage.objects.filter(title="关于……的通知").exists()


def test_blank_opens_the_empty_form(editor: Client, home: Any, template: PageTemplate) -> None:
    response = editor.get(add_url(home), {"template": "blank"})

    assert list(response.context["form"].instance.body) == []


def test_a_deleted_template_opens_the_empty_form_and_says_so(editor: Client, home: Any, template: PageTemplate) -> None:
    response = editor.get(add_url(home), {"template": "gone"})

    assert "这个模板已经删除，从空白开始。" in response.content.decode()


def test_without_templates_the_form_opens_at_once(editor: Client, home: Any) -> None:
    assert editor.get(add_url(home)).status_code == 200


def test_a_picture_that_was_deleted_since_is_left_out_and_said(editor: Client, home: Any) -> None:
    image = make_image()
    page = make_page(home, "图", [block("image", {"image": {"image": image.pk, "alt_text": "楼"}})])
    save_as(editor, page)
    image.delete()

    response = editor.get(add_url(home), {"template": PageTemplate.objects.get().code})

    assert "引用的图片在这里不存在" in response.content.decode()
    assert response.context["form"].instance.body[0].value["image"] is None


def test_templates_of_one_page_type_are_offered_for_that_type(editor: Client, home: Any, template: Any) -> None:
    # Given a template for any type beside one for composed pages
    PageTemplate.objects.create(name="医生", category="introduction")

    response = editor.get(reverse("library:choose", args=["pages", "doctorpage", home.pk]))

    assert [one.name for one in response.context["templates"]] == ["医生"]


def test_the_template_of_an_answer_makes_an_answer(editor: Client, home: Any) -> None:
    # Given the templates of the product, one of them for answers of the help centre
    shipped.load()

    # When somebody begins a new page and chooses it by its picture
    response = editor.get(reverse("library:choose", args=["pages", "portalpage", home.pk]))
    answer = next(one for one in response.context["templates"] if one.code == "help")
    assert answer.add_url == reverse("wagtailadmin_pages:add", args=["help", "helppage", home.pk])
    response = editor.get(answer.add_url, {"template": "help"})

    # Then it is the form of an answer, filled in
    page = response.context["form"].instance
    assert (type(page)._meta.label, page.title) == ("help.HelpPage", "怎么退号？")
    assert len(page.body) >= 2


def test_a_template_is_replaced_from_a_page(editor: Client, home: Any, template: PageTemplate) -> None:
    page = make_page(home, "搬迁", [block("notice", {"text": "儿科搬迁"})])

    save_as(editor, page, replaces=template.pk, name="搬迁通知")

    template.refresh_from_db()
    assert (template.name, PageTemplate.objects.count()) == ("搬迁通知", 1)
    assert template.raw_body()[0]["value"]["text"] == "儿科搬迁"
    assert AuditEvent.objects.filter(event="template.replaced").exists()


def picture(kind: str = "PNG") -> SimpleUploadedFile:
    out = io.BytesIO()
    Pillow.new("RGB", (1200, 2000), (10, 111, 138)).save(out, kind)
    return SimpleUploadedFile("a.png", out.getvalue(), "image/png")


def change(client: Client, template: PageTemplate, **data: Any) -> Any:
    form = {"name": "冬季通知", "category": "news", "description": "", "page_title": "", **data}
    return client.post(reverse("library:edit", args=[template.pk]), form)


def test_an_own_picture_is_made_small_and_can_be_dropped(editor: Client, template: PageTemplate) -> None:
    assert change(editor, template, own_picture=picture()).status_code == 302
    template.refresh_from_db()
    with Pillow.open(template.picture.file) as stored:
        assert (stored.format, max(stored.size)) == ("WEBP", 800)
    assert template.picture_url == template.picture.url

    assert change(editor, template, drop_picture="on").status_code == 302
    template.refresh_from_db()
    assert "drawing.svg" in template.picture_url


def test_what_is_no_picture_is_refused_and_the_rest_kept(editor: Client, template: PageTemplate) -> None:
    fake = SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", "image/png")

    response = change(editor, template, name="改名", own_picture=fake)

    assert response.status_code == 422
    assert "这不是可以打开的图片" in response.content.decode()
    assert 'value="改名"' in response.content.decode()


def test_templates_change_places(editor: Client, template: PageTemplate) -> None:
    second = PageTemplate.objects.create(name="第二", sort=template.sort + 10)

    editor.post(reverse("library:move", args=[second.pk]), {"to": "up"})
    assert [one.name for one in PageTemplate.objects.all()] == ["第二", "冬季通知"]
    editor.post(reverse("library:move", args=[second.pk]), {"to": "up"})
    assert [one.name for one in PageTemplate.objects.all()] == ["第二", "冬季通知"]


def test_deleting_asks_first(editor: Client, template: PageTemplate) -> None:
    url = reverse("library:delete", args=[template.pk])
    assert "已经用它建好的页面不受影响" in editor.get(url).content.decode()
    assert PageTemplate.objects.exists()

    editor.post(url)
    assert not PageTemplate.objects.exists()


@pytest.mark.req("G3.1")
def test_finance_sees_no_template(home: Any, template: PageTemplate) -> None:
    client = staff(FINANCE)

    for url in (
        reverse("library:index"),
        reverse("library:edit", args=[template.pk]),
        reverse("library:delete", args=[template.pk]),
        reverse("library:save_as", args=[home.pk]),
        reverse("library:drawing", args=[template.pk]),
        reverse("library:choose", args=["pages", "portalpage", home.pk]),
    ):
        assert client.get(url).status_code == 302, url
    assert client.post(reverse("library:move", args=[template.pk]), {"to": "up"}).status_code == 302


def test_every_page_of_blocks_offers_to_be_saved_as_a_template(editor: Client, home: Any) -> None:
    words = editor.get(reverse("wagtailadmin_pages:edit", args=[home.pk])).content.decode()
    assert reverse("library:save_as", args=[home.pk]) in words
    assert bodies.body_field(DepartmentPage) == bodies.body_field(DoctorPage) == "body"


# --- shipped -----------------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(home: Any) -> list[PageTemplate]:
    call_command("load_page_templates", verbosity=0)
    return list(PageTemplate.objects.all())


@pytest.mark.req("46.8")
def test_at_least_twelve_templates_come_with_the_product(loaded: list[PageTemplate]) -> None:
    assert len(loaded) >= 13
    assert {template.category for template in loaded} == set(PageTemplate.Category.values)
    for template in loaded:
        ElementTree.fromstring(template.drawing)
        assert template.description
        assert template.raw_body()


def test_loading_again_changes_nothing(loaded: list[PageTemplate]) -> None:
    before = list(PageTemplate.objects.values_list("code", "updated_at"))

    assert shipped.load() == 0
    assert list(PageTemplate.objects.values_list("code", "updated_at")) == before


def test_what_staff_changed_or_deleted_stays_unless_restored(loaded: list[PageTemplate], editor: Client) -> None:
    first, second = loaded[:2]
    change(editor, first, name="我们的首页", category="home")
    editor.post(reverse("library:delete", args=[second.pk]))

    assert shipped.load() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.name, second.is_removed) == ("我们的首页", True)
    assert second.pk not in {one.pk for one in editor.get(reverse("library:index")).context["templates"]}

    assert shipped.load(restore=True) == len(loaded)
    first.refresh_from_db()
    assert first.name == loaded[0].name


@pytest.mark.req("46.8")
def test_every_shipped_template_makes_a_page_that_can_be_published(
    loaded: list[PageTemplate], editor: Client, home: Any, client: Client
) -> None:
    for number, template in enumerate(loaded):
        page = make_page(home, f"{template.name} {number}", template.raw_body())
        page.full_clean()
        page.body.stream_block.clean(page.body)
        response = client.get(page.url)
        assert response.status_code == 200, template.code


def test_the_gallery_takes_the_same_number_of_queries_however_many(
    loaded: list[PageTemplate], editor: Client, django_assert_max_num_queries: Any
) -> None:
    editor.get(reverse("library:index"))
    with django_assert_max_num_queries(20):
        editor.get(reverse("library:index"))
