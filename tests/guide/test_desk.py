"""The guide inside the desk: which page a screen leads to, what is shown of it, how it is searched."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from cms.guide import book, markdown

pytestmark = [pytest.mark.django_db, pytest.mark.req("G1.4")]


def leads_to(client: Client, address: str) -> str:
    """Return where the help button of a screen leads."""
    html = client.get(address, follow=True).content.decode()
    found = re.search(r'<a class="portal-guide-button" href="([^"]+)"', html)
    assert found, address
    return found[1]


def test_the_help_button_leads_to_the_page_about_what_is_on_the_screen(as_role: Any, make_article: Any) -> None:
    article = make_article()
    editor, administrator = as_role(EDITOR), as_role(ADMINISTRATOR)
    home = article.get_parent().get_parent()

    def page(name: str) -> str:
        return reverse("guide_page", args=[name])

    assert leads_to(editor, reverse("wagtailadmin_home")) == page("five-minutes")
    assert leads_to(editor, reverse("wagtailadmin_pages:edit", args=[home.pk])) == page("compose")
    assert leads_to(editor, reverse("wagtailadmin_pages:edit", args=[article.pk])) == page("articles")
    assert leads_to(editor, reverse("desk_notices:add")) == page("notices")
    assert leads_to(editor, reverse("desk_places:index")) == page("places")
    menu = reverse("wagtailsettings:edit", args=["studio", "wechatmenu"])
    assert leads_to(editor, menu) == page("menus")
    assert leads_to(administrator, reverse("studio_index")) == page("themes")
    # Where the guide says nothing it opens at its first page.
    assert leads_to(as_role(FINANCE), reverse("desk_orders:index")) == reverse("guide")


def test_every_page_opens_as_a_screen_and_in_the_drawer(as_role: Any) -> None:
    editor = as_role(EDITOR)
    for name in book.names():
        screen = editor.get(book.address_of(name)).content.decode()
        drawer = editor.get(book.address_of(name), {"drawer": "1"}).content.decode()
        assert f">{book.page(name).title}</h1>" in screen
        assert 'aria-label="目录"' in screen
        assert f">{book.page(name).title}</h1>" in drawer
        assert "<html" not in drawer
    whole = editor.get(reverse("guide_print")).content.decode()
    assert whole.count("<h1 id=") == len(book.names()) - 1


def test_it_is_for_staff_and_knows_no_other_files(as_role: Any, client: Client) -> None:
    assert client.get(reverse("guide")).status_code == 302
    for name in ("no-such-page", "0001-scarcity-is-a-unique-column"):
        assert as_role(EDITOR).get(reverse("guide_page", args=[name])).status_code == 404


def test_a_search_finds_the_part_of_a_page_and_cannot_be_made_to_hold_a_script(as_role: Any) -> None:
    editor = as_role(EDITOR)

    found = editor.get(reverse("guide_search"), {"q": "停诊 自动"}).content.decode()
    assert f'href="{reverse("guide_page", args=["notices"])}#停诊公告是自动的"' in found
    assert "<mark>停诊</mark>" in found

    nothing = editor.get(reverse("guide_search"), {"q": "<script>x</script>"}).content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in nothing
    assert "<script>x" not in nothing


def test_what_is_written_becomes_clean_html_with_addresses_of_this_installation(settings: Any) -> None:
    settings.ADMIN_PATH = "office"
    text = markdown.render(
        "# 标题\n\n## 第一节：做什么？\n\n<script>x</script> [坏](javascript:x) [别的](other.md#那里) "
        "[公告](/staff/desk/notices/)\n\n![图](images/desk.png)\n",
        address_of=lambda name: f"/guide/{name}/",
    )

    assert text.title == "标题"
    assert text.headings == (("第一节：做什么？", "第一节做什么"),)
    assert "<script" not in text.html
    assert "javascript:" not in re.sub(r"<p>.*?</p>", lambda p: re.sub(r">[^<]*<", "><", p[0]), text.html)
    assert 'href="/guide/other/#%E9%82%A3%E9%87%8C"' in text.html or 'href="/guide/other/#那里"' in text.html
    assert 'href="/office/desk/notices/"' in text.html
    assert re.search(r'<img src="[^"]*guide/pictures/desk[^"]*\.png"', text.html)
    assert 'width="1180"' in text.html


def test_the_pictures_are_static_files() -> None:
    from django.contrib.staticfiles import finders

    assert finders.find("guide/pictures/desk.png")
    assert settings.STATICFILES_DIRS


def test_a_mark_never_falls_into_the_middle_of_a_sign() -> None:
    assert book._excerpt("预约 & 挂号 <b>", ["amp", "lt"]) == "预约 &amp; 挂号 &lt;b&gt;"
    assert book._excerpt("预约 & 挂号", ["&", "挂号"]) == "预约 <mark>&amp;</mark> <mark>挂号</mark>"
