"""Films, sounds, files, maps, codes, countdowns, raw HTML, badges: what they show and what they refuse."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtailmedia.models import get_media_model

from blocks.content.finding import baidu_app, baidu_web
from blocks.content.icon_grid import badge_of
from blocks.content.layout import safe_html
from blocks.content.media import tencent_id
from tests.content.building import bound, cleaned, item, refusals, shown
from tests.factories import CampusFactory
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


def document(name: str = "表格.pdf", title: str = "病历复印申请表") -> Any:
    return get_document_model().objects.create(title=title, file=ContentFile(b"x" * 2048, name=name), file_size=2048)


def media(kind: str, name: str) -> Any:
    return get_media_model().objects.create(title=name, type=kind, file=ContentFile(b"x", name=name))


# --- films -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://v.qq.com/x/page/a0012abcdef.html", "a0012abcdef"),
        ("https://v.qq.com/x/cover/mzc00200/a0012abcdef.html", "a0012abcdef"),
        ("https://m.v.qq.com/play.html?cid=&vid=a0012abcdef", "a0012abcdef"),
        ("https://v.qq.com/txp/iframe/player.html?vid=a0012abcdef", "a0012abcdef"),
        (" a0012abcdef ", "a0012abcdef"),
        ("https://v.qq.com.evil.example/x/page/a0012abcdef.html", ""),
        ("https://evil.example/?u=https://v.qq.com/x/page/a0012abcdef.html", ""),
        ("https://www.bilibili.com/video/BV1xx411c7mD", ""),
        ("javascript:alert('a0012abcdef')", ""),
        ('https://v.qq.com/?vid=a001"onload="', ""),
        ("", ""),
    ],
)
def test_only_films_of_tencent_video_are_known(address: str, found: str) -> None:
    assert tencent_id(address) == found


def test_nothing_of_another_host_is_fetched_before_the_touch(home: Any, site: Any, client: Client) -> None:
    value = {"title": "胃镜须知", "source": "tencent", "tencent": "https://v.qq.com/x/page/a0012abcdef.html"}
    html = shown(client, home, ("video", value))
    assert 'data-video="https://v.qq.com/txp/iframe/player.html?vid=a0012abcdef&amp;autoplay=true"' in html
    assert 'href="https://v.qq.com/x/page/a0012abcdef.html"' in html
    assert not re.search(r'(?:src|srcset|poster)="https?://', html)
    assert "<iframe" not in html
    policy = client.get("/").headers["Content-Security-Policy"]
    frames = next(part for part in policy.split(";") if "frame-src" in part)
    assert frames.split() == ["frame-src", "'self'", "https://v.qq.com"]


def test_an_uploaded_film_has_poster_and_captions(home: Any, site: Any, client: Client) -> None:
    picture = {"image": make_image().pk, "alt_text": "", "decorative": True}
    captions = document("字幕.vtt", "字幕")
    film = media("video", "film.mp4")
    value = {"title": "入院", "source": "upload", "video": film.pk, "captions": captions.pk, "poster": picture}
    html = shown(client, home, ("video", value))
    assert f'src="{film.url}"' in html
    assert 'poster="/media/' in html
    assert '<track kind="captions" srclang="zh-Hans"' in html
    film.delete()
    assert "<video" not in shown(client, home, ("video", value))


def test_a_film_needs_a_source_and_captions_of_the_right_kind(home: Any) -> None:
    assert refusals("video", {"title": "a"}) == {"video": "请选择或上传一个视频。"}
    wrong = {"title": "a", "source": "tencent", "tencent": "https://www.youtube.com/watch?v=1"}
    assert refusals("video", wrong)["tencent"].startswith("没有认出腾讯视频")
    kind = bound("video")
    value = kind.to_python(
        {"title": "a", "source": "upload", "video": media("video", "a.mp4").pk, "captions": document("a.pdf").pk}
    )
    with pytest.raises(ValidationError) as failure:
        kind.clean(value)
    assert "字幕要用 .vtt 文件" in failure.value.block_errors["captions"].messages[0]


def test_a_sound_is_played_where_it_is_and_gone_without_its_file(home: Any, site: Any, client: Client) -> None:
    sound = media("audio", "talk.mp3")
    value = {"title": "用药", "speaker": "李药师", "audio": sound.pk, "transcript": "<p>饭后服用</p>"}
    html = shown(client, home, ("audio", value))
    assert f'src="{sound.url}"' in html
    assert 'preload="none"' in html
    assert "饭后服用" in html
    sound.delete()
    assert "<audio" not in shown(client, home, ("audio", value))


def test_a_file_tells_its_kind_and_size_before_the_touch(home: Any, site: Any, client: Client) -> None:
    first, gone = document(), document("b.docx", "没有了")
    value = {"items": [item({"document": first.pk, "note": "打印后带来"}), item({"document": gone.pk})]}
    gone.delete()
    html = shown(client, home, ("file", value))
    assert "病历复印申请表" in html
    assert re.sub(r"\s|\xa0", "", html.split('ph-caption">')[1].split("</span>")[0]) == "PDF·2.0KB·打印后带来"
    assert html.count("<li>") == 1


# --- places and codes ------------------------------------------------------------------------------------------------


def test_a_map_of_a_campus_follows_the_hospitals_records(home: Any, site: Any, client: Client) -> None:
    campus = CampusFactory(name="滨江院区", address="和平大道 266 号", latitude="30.612345", longitude="114.312345")
    page = make_page(home, "路线", [block("map", {"campus": campus.code, "way": "地铁 4 号线\n公交 301 路"})])
    html = client.get(page.url).content.decode()
    assert "和平大道 266 号" in html
    assert "location=30.612345%2C114.312345" in html
    assert html.count("<li>地铁 4 号线</li>") == 1
    assert 'data-copy="和平大道 266 号"' in html
    campus.address = "新街 1 号"
    campus.save()
    assert "新街 1 号" in client.get(page.url).content.decode()
    campus.is_active = False
    campus.save()
    assert "滨江院区" not in client.get(page.url).content.decode()


def test_a_map_without_coordinates_searches_by_address() -> None:
    assert "geocoder?address=%E8" in baidu_web("医院", "解放大道", None, None)
    assert baidu_app("医院", "解放大道", None, None).startswith("baidumap://map/direction?destination=%E8")


def test_a_map_needs_a_place_somebody_can_find() -> None:
    assert refusals("map", {}) == {
        "name": "请选择院区，或填写地点名称。",
        "address": "请填写地址，患者要能复制。",
    }
    half = {"name": "医院", "address": "解放大道", "latitude": 30}
    assert refusals("map", half) == {"longitude": "经度和纬度要一起填，或者都不填。"}


def test_a_code_is_drawn_without_styles_and_gone_with_its_page(home: Any, site: Any, client: Client) -> None:
    target = make_page(home, "活动", slug="event")
    html = shown(client, home, ("qr_code", {"source": "page", "page": target.pk}))
    assert "<svg" in html
    assert "style=" not in html
    assert 'href="http://testserver/event/"' in html
    target.unpublish()
    assert "<svg" not in shown(client, home, ("qr_code", {"source": "page", "page": target.pk})).split("ph-block")[-1]
    assert refusals("qr_code", {"source": "text"}) == {"text": "请填写网址或文字。"}
    assert refusals("qr_code", {}) == {"page": "请选择页面。"}


# --- layout ----------------------------------------------------------------------------------------------------------


def test_a_countdown_turns_into_other_words(home: Any, site: Any, client: Client, time_machine: Any) -> None:
    time_machine.move_to(dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC), tick=False)
    until = timezone.now() + dt.timedelta(hours=1)
    value = {"title": "义诊报名", "until": until.isoformat(), "expired": "报名已结束", "link": {"role": "home"}}
    page = make_page(home, "义诊", [block("countdown", value)])
    html = client.get(page.url).content.decode()
    assert "data-deadline=" in html
    assert "11月22日" in html
    time_machine.move_to(until, tick=False)
    html = client.get(page.url).content.decode()
    assert "data-deadline=" not in html
    assert "报名已结束" in html
    assert "ph-btn" not in html.split("ph-count")[1].split("</section>")[0]


def test_a_countdown_to_the_past_is_refused() -> None:
    past = {"title": "a", "until": timezone.now() - dt.timedelta(minutes=1)}
    assert refusals("countdown", past)["until"].startswith("这个时间已经过去了")
    assert cleaned("countdown", {"title": "a", "until": timezone.now() + dt.timedelta(days=1)})


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>字</p><script>alert(1)</script>", "<p>字</p>"),
        ('<p style="position:fixed" onclick="x()" class="ph-muted">字</p>', '<p class="ph-muted">字</p>'),
        ('<a href="javascript:alert(1)">字</a>', '<a rel="noopener">字</a>'),
        ('<iframe src="https://evil.example"></iframe><form><input name="id"></form>', ""),
        ('<img src="x" onerror="alert(1)" alt="图">', '<img src="x" alt="图">'),
        ("<svg><script>alert(1)</script></svg><style>*{}</style>", ""),
        ('<meta http-equiv="refresh" content="0"><base href="//evil">', ""),
    ],
)
def test_raw_html_keeps_what_cannot_harm(html: str, kept: str) -> None:
    assert safe_html(html) == kept


def test_raw_html_is_for_administrators_and_cleaned_again_when_shown(home: Any, site: Any, client: Client) -> None:
    assert bound("raw_html").admin_only
    assert cleaned("raw_html", {"html": "<h4>字</h4><script>x</script>"})["html"] == "<h4>字</h4>"
    assert "什么也不剩" in refusals("raw_html", {"html": "<script>x</script>"})["html"]
    html = shown(client, home, ("raw_html", {"html": "<h5>老</h5><script>alert(1)</script>"}))
    assert "<h2>老</h2>" in html
    assert "alert" not in html


@pytest.mark.req("5.2")
@pytest.mark.parametrize(
    ("value", "badge"),
    [
        ({"badge_kind": "new"}, "新"),
        ({"badge_kind": "text", "badge": "热门"}, "热门"),
        ({"badge_kind": "count", "badge_count": 7}, "7"),
        ({"badge_kind": "count", "badge_count": 120}, "99+"),
        ({"badge_kind": "count"}, ""),
        ({"badge_kind": "none", "badge": "旧"}, ""),
        ({"badge": "旧"}, "旧"),
        ({}, ""),
    ],
)
def test_an_entrance_has_the_badge_that_was_chosen(value: dict[str, Any], badge: str) -> None:
    assert badge_of(value) == badge


@pytest.mark.parametrize("columns", ["1", "2", "3", "4", "5"])
def test_a_grid_has_one_to_five_columns(home: Any, site: Any, client: Client, columns: str) -> None:
    entrance = item({"label": "首页", "icon": "home", "link": {"role": "home"}})
    html = shown(client, home, ("icon_grid", {"columns": columns, "items": [entrance]}))
    assert ('class="ph-grid"' if columns == "4" else f'class="ph-grid is-{columns}"') in html


# --- how much a page asks the database -------------------------------------------------------------------------------


def _all_kinds(times: int, campus: str) -> list[dict[str, Any]]:
    blocks = []
    for n in range(times):
        picture = {"image": make_image(f"图{times}{n}").pk, "alt_text": "图", "decorative": False}
        film, sound = media("video", f"{times}{n}.mp4"), media("audio", f"{times}{n}.mp3")
        text = document(f"{times}{n}.pdf")
        blocks += [
            block("image_pair", {"left": {"image": picture}, "right": {"image": picture}}),
            block("gallery", {"items": [item({"image": picture})]}),
            block("video", {"title": "片", "source": "upload", "video": film.pk, "poster": picture}),
            block("audio", {"title": "声", "audio": sound.pk}),
            block("file", {"items": [item({"document": text.pk})]}),
            block("timeline", {"items": [item({"when": "1", "title": "二", "image": picture})]}),
            block("steps", {}),
            block("accordion", {}),
            block("tabs", {"items": [item({"label": "甲", "text": "<p>文</p>"})]}),
            block("map", {"campus": campus}),
            block("title", {"title": "题"}),
        ]
    return blocks


def test_thirty_blocks_of_a_kind_ask_the_database_as_often_as_three(home: Any, site: Any, client: Client) -> None:
    campus = CampusFactory()
    counts = []
    for times in (3, 30):
        page = make_page(home, f"{times}", _all_kinds(times, campus.code))
        client.get(page.url)  # the first visit makes pictures
        with CaptureQueriesContext(connection) as captured:
            response = client.get(f"{page.url}?whole=1")
        assert response.content.decode().count("<figure") >= times * 2
        counts.append(len(captured))
    assert counts[0] == counts[1]
