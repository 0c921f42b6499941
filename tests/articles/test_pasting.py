"""The editor's field for pasted articles: cleaning, pictures brought in, what is refused and said."""

import io
import json
from collections.abc import Iterator
from typing import Any

import httpcore
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image as Pillow
from wagtail.images.models import Image
from wagtail.models import Collection

from business.integration import download
from business.integration.models import CallLog
from business.integration.outcomes import NotSent, Refused, Unknown
from cms.articles import pictures
from cms.backoffice.roles import EDITOR, FINANCE, setup_roles
from cms.pages import department_staff
from tests.articles.samples import EDITOR_135, HOSTILE, WECHAT
from tests.backoffice import builders
from tests.factories import DepartmentFactory
from tests.integration.server import BadServer, says, sleeps
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


def png(size: tuple[int, int] = (60, 30), mode: str = "RGB", fmt: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Pillow.new(mode, size, 90 if mode == "L" else None).save(buffer, fmt)
    return buffer.getvalue()


def gives(content: bytes) -> Any:
    def answer(sock: Any, path: str, sent: bytes) -> None:
        head = f"HTTP/1.1 200 X\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        sock.sendall(head.encode() + content)

    return answer


@pytest.fixture
def server(settings: Any) -> Iterator[BadServer]:
    listening = BadServer({"/a.png": gives(png())})
    settings.PICTURE_HOSTS_INSIDE = [f"127.0.0.1:{listening.port}"]
    yield listening
    listening.close()


@pytest.fixture
def editor(home: Any, client: Client) -> Client:
    setup_roles()
    client.force_login(builders.staff(EDITOR))
    return client


def paste(client: Client, html: str | bytes) -> Any:
    content = html.encode() if isinstance(html, str) else html
    return client.post(reverse("articles_paste"), {"html": SimpleUploadedFile("paste.html", content)})


@pytest.mark.req("7.4")
def test_what_is_pasted_comes_back_clean_with_what_is_still_to_do(editor: Client):
    told = paste(editor, EDITOR_135 + HOSTILE[0] + WECHAT).json()
    assert "冬季护心指南" in told["html"] and "alert" not in told["html"]
    assert told["sources"] == [
        "https://image2.135editor.com/cache/remote/aHR0cHM6Ly9tbWJpei5xbG9nby5jbi9tbWJpel9wbmc=",
        "https://mmbiz.qpic.cn/mmbiz_png/abc/640?wx_fmt=png&from=appmsg",
    ]
    (sentence,) = told["problems"]
    for words in ("程序脚本", "浮动定位", "小程序卡片"):
        assert words in sentence


def test_pictures_inside_the_text_are_kept_at_once(editor: Client):
    import base64

    data = base64.b64encode(png()).decode()
    told = paste(
        editor, f'<p>图<img src="data:image/png;base64,{data}"><img src="data:image/png;base64,{data}AAAA">'
    ).json()
    image = Image.objects.get()
    assert f'data-ph-image="{image.pk}"' in told["html"]
    assert told["sources"] == []


def test_too_much_is_refused_with_a_sentence(editor: Client):
    answer = paste(editor, EDITOR_135 * 1600)
    assert answer.status_code == 413
    assert "请分成几段" in answer.json()["error"]
    assert paste(editor, b"\xff\xfe<p>\x00x</p>").status_code == 200


def test_a_picture_is_fetched_redrawn_and_kept_once(editor: Client, server: BadServer):
    url = reverse("articles_paste_picture")
    first = editor.post(url, {"source": f"{server.url}/a.png?x=1"}).json()
    again = editor.post(url, {"source": f"{server.url}/a.png?x=2"}).json()
    assert first == again == {"image": Image.objects.get().pk}
    image = Image.objects.get()
    assert (image.width, image.height) == (60, 30)
    assert image.collection.name == pictures.COLLECTION
    assert CallLog.objects.filter(system="pictures", outcome=CallLog.Outcome.OK).count() == 2
    assert editor.get(reverse("articles_picture", args=[image.pk])).status_code == 302


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("https://evil.example/a.png", "不在允许的名单里"),
        ("http://127.0.0.1:22/a.png", "不在允许的名单里"),
        ("http://169.254.169.254/latest/meta-data", "不在允许的名单里"),
        ("file:///etc/passwd", "不在允许的名单里"),
        ("https://mmbiz.qpic.cn@evil.example/a.png", "不在允许的名单里"),
        ("https://mmbiz.qpic.cn:8443/a.png", "不在允许的名单里"),
        ("https://qpic.cn.evil.example/a.png", "不在允许的名单里"),
        ("http://[::1/a.png", "不在允许的名单里"),
        ("", "不在允许的名单里"),
    ],
)
def test_other_addresses_are_never_asked(editor: Client, source: str, sentence: str):
    answer = editor.post(reverse("articles_paste_picture"), {"source": source})
    assert answer.status_code == 422
    assert sentence in answer.json()["problem"]
    assert not CallLog.objects.exists()


def test_a_listed_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch):
    for inside in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:192.168.1.1", "100.64.0.1"):
        rows = [(0, 0, 0, "", ("1.2.3.4", 443)), (0, 0, 0, "", (inside, 443))]
        monkeypatch.setattr(download.socket, "getaddrinfo", lambda *a, rows=rows, **k: rows)
        with pytest.raises(httpcore.ConnectError, match="NOT_PUBLIC"):
            download.public_address("mmbiz.qpic.cn", 443)
        with pytest.raises(NotSent):
            download.fetch_file("http://mmbiz.qpic.cn/a.png")
    monkeypatch.setattr(download.socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", ("1.2.3.4", 443))])
    assert download.public_address("mmbiz.qpic.cn", 443) == "1.2.3.4"


def test_a_redirect_is_held_to_the_same_list(server: BadServer):
    server.behaviours["/go"] = says("", 302, Location="http://169.254.169.254/latest")
    with pytest.raises(Refused) as caught:
        download.fetch_file(f"{server.url}/go")
    assert caught.value.code == download.NOT_LISTED
    server.behaviours["/on"] = says("", 302, Location="/a.png")
    assert download.fetch_file(f"{server.url}/on") == png()
    server.behaviours["/round"] = says("", 302, Location="/round")
    with pytest.raises(Refused, match="too many"):
        download.fetch_file(f"{server.url}/round")


def test_a_slow_or_endless_answer_ends(server: BadServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(download, "SECONDS", 0.3)
    monkeypatch.setattr(download, "MOST_BYTES", 1000)
    download._client.cache_clear()
    server.behaviours |= {"/slow": sleeps, "/long": gives(b"x" * 5000), "/gone": says("no", 404)}
    with pytest.raises(Unknown):
        download.fetch_file(f"{server.url}/slow")
    with pytest.raises(Unknown, match="too large"):
        download.fetch_file(f"{server.url}/long")
    with pytest.raises(Refused) as caught:
        download.fetch_file(f"{server.url}/gone")
    assert caught.value.code == "HTTP_404"
    download._client.cache_clear()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>no</html>", "不是可以使用的图片"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "不是可以使用的图片"),
        (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "SVG 图片里可能藏有程序"),
        (png((10_000, 6_000), mode="1"), "图片太大：10000 × 6000 像素"),
        (b"", "不是可以使用的图片"),
    ],
)
def test_what_is_no_good_picture_is_refused_with_a_sentence(content: bytes, sentence: str):
    with pytest.raises(pictures.PictureRefused, match=sentence):
        pictures.keep(content)
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("size", "kept"), [((2400, 300), (1600, 200)), ((1000, 6000), (1000, 6000)), ((3200, 8000), (1600, 4000))]
)
def test_pictures_are_drawn_anew_and_long_ones_stay_readable(home: Any, size: Any, kept: Any):
    image = pictures.keep(png(size) + b"<script>")
    assert (image.width, image.height) == kept
    with image.open_file() as file:
        content = file.read()
    assert b"<script>" not in content
    assert Pillow.open(io.BytesIO(content)).size == kept


def test_a_department_sees_pasted_pictures_and_its_own_and_no_others(home: Any):
    setup_roles()
    user, client = builders.staff(), Client()
    department_staff.put(DepartmentFactory(), [user])
    client.force_login(user)
    collection = Collection.objects.exclude(depth=1).get()
    pictures_of = {"pasted": pictures.keep(png()), "own": make_image("本科室"), "other": make_image("别处")}
    Image.objects.filter(pk=pictures_of["own"].pk).update(collection=collection)
    answers = {
        name: client.get(reverse("articles_picture", args=[image.pk])).status_code
        for name, image in pictures_of.items()
    }
    assert answers == {"pasted": 302, "own": 302, "other": 404}


@pytest.mark.parametrize("name", ["articles_paste", "articles_paste_picture"])
def test_only_who_may_add_pictures_may_paste(home: Any, name: str):
    setup_roles()
    finance, nobody = Client(), Client()
    finance.force_login(builders.staff(FINANCE))
    assert finance.post(reverse(name)).status_code in {302, 403}
    assert nobody.post(reverse(name)).status_code == 302
    assert not Image.objects.exists()


class TestOnThePage:
    """What patients get."""

    def page(self, home: Any, html: str) -> Any:
        return make_page(home, "文章", [block("pasted", {"content": html})])

    def test_styles_are_classes_of_a_sheet_that_may_be_kept_for_ever(self, client: Client, home: Any):
        page = self.page(home, '<section style="color:#c00;padding:8px"><p>护心</p></section>')
        html = client.get(page.url).content.decode()
        assert "style=" not in html and "护心" in html
        url = next(part for part in html.split('"') if part.startswith("/-/pasted/"))
        sheet = client.get(url)
        assert sheet["Content-Type"] == "text/css; charset=utf-8"
        assert "immutable" in sheet["Cache-Control"]
        assert "{color:#c00;padding:8px}" in sheet.content.decode()
        assert client.get("/-/pasted/nothing.css").status_code == 404

    def test_pictures_are_ours_and_lost_ones_keep_their_place(self, client: Client, home: Any):
        image = pictures.keep(png())
        page = self.page(home, f'<p><img alt="图" data-ph-image="{image.pk}"><img alt="" data-ph-image="99999">'
                               '<img alt="" data-ph-source="https://mmbiz.qpic.cn/x"></p>')  # fmt: skip
        html = client.get(page.url).content.decode()
        assert html.count("/media/images/pasted-") == 1
        assert html.count("这里有一张图片没有带过来") == 2
        assert "qpic.cn" not in html

    def test_queries_do_not_grow_with_pictures(self, client: Client, home: Any, uncached: None):
        few = self.page(home, f'<p><img data-ph-image="{pictures.keep(png()).pk}"></p>')
        many = self.page(
            home, "".join(f'<p><img data-ph-image="{pictures.keep(png((60 + n, 30))).pk}"></p>' for n in range(6))
        )
        counts = []
        for page in (few, many, few, many):  # what all pages share is read with the first
            with CaptureQueriesContext(connection) as asked:
                client.get(page.url)
            counts.append(len(asked))
        assert counts[-1] <= counts[-2]

    def test_the_form_cleans_again_whatever_the_browser_sends(self):
        from blocks.articles.pasted import PastedTextBlock

        field = PastedTextBlock()
        assert field.clean('<p onclick="x">好<script>y</script></p>') == "<p>好</p>"
        from django.core.exceptions import ValidationError

        for nothing in ("", "<p><br></p>", "<section></section>"):
            with pytest.raises(ValidationError):
                field.clean(nothing)
        with pytest.raises(ValidationError, match="请分成几段"):
            field.clean("<p>" + "字" * 400_000 + "</p>")
        assert field.get_searchable_content("<p>甲</p><p>乙&amp;</p>") == ["甲 乙&"]

    def test_the_summary_of_an_article_is_made_of_pasted_text(self, make_article: Any):
        page = make_article()
        page.body = json.dumps([block("pasted", {"content": "<p>天冷了，护好心脏。</p>"})])
        page.save()
        assert page.digest == "天冷了，护好心脏。"


def test_a_thousand_pictures_inside_one_text_are_not_all_drawn(editor: Client, monkeypatch: Any):
    # Given more pictures in the text than one paste may bring
    import base64

    monkeypatch.setattr("cms.articles.pasting.MOST_PICTURES", 2)
    pictures_inside = "".join(
        f'<img src="data:image/png;base64,{base64.b64encode(png((60 + n, 30))).decode()}">' for n in range(5)
    )
    # Then the first come along and the rest is told
    told = paste(editor, f"<p>图{pictures_inside}</p>").json()
    assert Image.objects.count() == 2
    assert any("最多搬 2 张，后面 3 张" in problem for problem in told["problems"])
