"""What is uploaded ends as a safe picture or as a sentence, whichever way it came."""

import io
import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow
from wagtail.images import get_image_model
from wagtail.models import Collection

from blocks import uploads
from tests.content.uploading import bomb, moving, photo_with_place, picture, upload

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def kept(content: bytes, name: str = "photo.jpg") -> Pillow.Image:
    """Return what is kept of an upload."""
    return Pillow.open(io.BytesIO(uploads.clean_picture(upload(content, name)).read()))


def sentence(content: bytes, name: str) -> str:
    with pytest.raises(ValidationError) as failure:
        uploads.clean_picture(upload(content, name))
    return str(failure.value.messages[0])


@pytest.mark.req("59.1", "59.2")
def test_a_photo_loses_its_place_and_camera_and_stands_upright() -> None:
    content = photo_with_place()
    assert b"SecretPhone" in content
    clean = kept(content)
    assert clean.size == (40, 60)
    assert not clean.getexif()
    assert b"SecretPhone" not in uploads.clean_picture(upload(content, "a.jpg")).read()


@pytest.mark.req("59.1")
def test_a_picture_of_12000_points_is_scaled_down() -> None:
    clean = kept(picture(size=(12_000, 9_000), quality=10))
    assert clean.size == (2560, 1920)
    assert kept(picture("PNG", (12_000, 3_000)), "a.png").size == (2560, 640)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"MZ\x90 this is a program", "virus.png", "这个文件不是图片（名字是 .png，内容却不是）"),
        (SVG, "logo.svg", "SVG 图片里可能藏有程序"),
        (SVG, "logo.png", "SVG 图片里可能藏有程序"),
        (bomb(), "bomb.png", "图片展开后太大"),
        (bomb(12_000), "bomb.png", "图片太大：12000 × 12000 像素"),
        (picture("PNG", (600, 400))[:-60], "half.png", "图片不完整或已损坏"),
        (moving(), "dance.gif", "动图在患者手机上会变成静止的图片"),
        (b"", "empty.jpg", "这个文件不是图片"),
        (b"%PDF-1.7 and some more", "paper.jpg", "这个文件不是图片"),
    ],
)
def test_what_is_no_usable_picture_is_refused_with_a_sentence(content: bytes, name: str, words: str) -> None:
    assert words in sentence(content, name)


@pytest.mark.req("59.2")
@pytest.mark.parametrize(
    ("content", "name", "kind", "mode"),
    [
        (picture("JPEG", mode="CMYK"), "print.jpg", "JPEG", "RGB"),
        (picture("HEIF"), "IMG_0001.HEIC", "JPEG", "RGB"),
        (picture("WEBP"), "a.webp", "JPEG", "RGB"),
        (picture("AVIF"), "a.avif", "JPEG", "RGB"),
        (picture("PNG"), "a.png", "PNG", "RGB"),
        (picture("PNG", mode="RGBA"), "a.png", "PNG", "RGBA"),
        (picture("PNG", mode="P"), "a.png", "PNG", "RGB"),
        (picture("GIF", mode="P"), "a.gif", "PNG", "RGB"),
        (picture("JPEG"), "really a jpeg.png", "JPEG", "RGB"),
        (picture("JPEG", mode="L"), "grey.jpg", "JPEG", "RGB"),
    ],
)
def test_every_kind_becomes_what_browsers_know(content: bytes, name: str, kind: str, mode: str) -> None:
    clean = kept(content, name)
    assert (clean.format, clean.mode, clean.size) == (kind, mode, (60, 40))


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    buffer = io.BytesIO()
    Pillow.new("I;16", (10, 10), 0x8000).save(buffer, "PNG")
    assert abs(kept(buffer.getvalue(), "a.png").getpixel((0, 0))[0] - 128) <= 1


def test_what_is_hidden_behind_a_picture_is_gone() -> None:
    content = picture() + b"<script>alert(1)</script>"
    assert b"script" not in uploads.clean_picture(upload(content, "a.jpg")).read()


def test_a_large_drawing_with_many_colours_becomes_a_photo() -> None:
    noise = Pillow.effect_noise((1500, 1500), 80).convert("RGB")
    buffer = io.BytesIO()
    noise.save(buffer, "PNG")
    assert kept(buffer.getvalue(), "a.png").format == "JPEG"


# --- every way in ----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(home: Any, client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("editor", "e@example.org", "x"))
    return client


def _fields(content: bytes, name: str, prefix: str = "") -> dict[str, Any]:
    fields = {"title": "门诊楼", "file": upload(content, name), "collection": Collection.get_first_root_node().pk}
    return {f"{prefix}{key}": value for key, value in fields.items()}


@pytest.mark.req("59.2")
@pytest.mark.parametrize("way", ["library", "chooser", "many"])
def test_every_way_to_upload_keeps_only_the_safe_picture(desk: Client, way: str) -> None:
    if way == "library":
        desk.post(reverse("wagtailimages:add"), _fields(photo_with_place(), "IMG.JPG"))
    elif way == "chooser":
        prefix = "image-chooser-upload-"
        desk.post(reverse("wagtailimages_chooser:create"), _fields(photo_with_place(), "IMG.JPG", prefix))
    else:
        field = {"files[]": upload(photo_with_place(), "IMG.JPG")}
        desk.post(reverse("wagtailimages:add_multiple"), field, headers={"X-Requested-With": "XMLHttpRequest"})
    image = get_image_model().objects.get()
    assert (image.width, image.height) == (40, 60)
    with image.file.open() as file:
        content = file.read()
    assert b"SecretPhone" not in content
    assert image.file_size == len(content)
    assert image.file.name.endswith(".jpg")


@pytest.mark.parametrize(
    ("name", "content"), [("a.svg", SVG), ("fake.png", b"no"), ("a.exe", b"MZ"), ("b.png", bomb())]
)
def test_every_way_to_upload_says_what_is_wrong_and_keeps_the_title(desk: Client, name: str, content: bytes) -> None:
    single = desk.post(reverse("wagtailimages:add"), _fields(content, name)).content.decode()
    assert 'value="门诊楼"' in single
    assert any(word in single for word in ("请", "不支持"))
    many = desk.post(
        reverse("wagtailimages:add_multiple"),
        {"files[]": upload(content, name)},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    answer = json.loads(many.content)
    assert answer["success"] is False
    assert any("\u4e00" <= character <= "\u9fff" for character in answer["error_message"])
    assert not get_image_model().objects.exists()


def test_an_image_can_be_replaced_and_renamed(desk: Client) -> None:
    desk.post(reverse("wagtailimages:add"), _fields(picture(), "a.jpg"))
    image = get_image_model().objects.get()
    edit = reverse("wagtailimages:edit", args=[image.pk])
    fields = _fields(photo_with_place(), "b.jpg")
    fields.pop("file")
    assert desk.post(edit, fields | {"title": "新名字"}).status_code == 302
    image.refresh_from_db()
    assert (image.title, image.width) == ("新名字", 60)
    assert desk.post(edit, _fields(photo_with_place(), "b.jpg")).status_code == 302
    image.refresh_from_db()
    assert image.width == 40


def test_an_image_made_by_code_is_held_to_the_same_rules(home: Any) -> None:
    image = get_image_model().objects.create(title="图", file=ContentFile(photo_with_place(), name="a.jpg"))
    with image.file.open() as file:
        content = file.read()
    assert b"SecretPhone" not in content
    assert (image.width, image.height, image.file_size) == (40, 60, len(content))
    still = get_image_model().objects.create(title="动图", file=ContentFile(moving(), name="a.gif"))
    assert still.file.name.endswith(".png")


def test_a_picture_that_is_plain_already_is_left_as_it_is(home: Any) -> None:
    content = picture("PNG")
    image = get_image_model().objects.create(title="图", file=ContentFile(content, name="a.png"))
    with image.file.open() as file:
        assert file.read() == content


# --- sounds and films ------------------------------------------------------------------------------------------------

MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(100)
MP3 = b"ID3\x04\x00" + bytes(100)


def _media(desk: Client, kind: str, content: bytes, name: str) -> str:
    response = desk.post(
        reverse("wagtailmedia:add", args=[kind]), _fields(content, name) | {"duration": 0}, follow=True
    )
    return response.content.decode()


@pytest.mark.parametrize(
    ("kind", "content", "name", "words"),
    [
        ("video", b"<html><script>alert(1)</script>", "a.mp4", "这个文件的内容不是 MP4"),
        ("video", MP3, "a.mp3", "这里要上传视频文件（MP4）。"),
        ("audio", MP4, "a.mp4", "这里要上传音频文件（MP3、M4A）。"),
        ("video", b"x", "a.html", "不支持 .html 文件"),
    ],
)
def test_a_film_that_is_none_is_refused(desk: Client, kind: str, content: bytes, name: str, words: str) -> None:
    from wagtailmedia.models import get_media_model

    assert words in _media(desk, kind, content, name)
    assert not get_media_model().objects.exists()


def test_a_film_and_a_sound_are_taken(desk: Client) -> None:
    from wagtailmedia.models import get_media_model

    _media(desk, "video", MP4, "a.mp4")
    _media(desk, "audio", MP3, "a.mp3")
    assert get_media_model().objects.count() == 2


def test_a_film_that_is_too_large_is_refused(settings: Any) -> None:
    with pytest.raises(ValidationError, match="超过 0 MB"):
        uploads.check_media(upload(MP4, "a.mp4"), most_bytes=50)
