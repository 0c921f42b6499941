"""Pictures in blocks: what patients get, and that a gone file breaks nothing."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.content.building import item, shown
from tests.pages.building import make_image

pytestmark = pytest.mark.django_db


def photo(alt: str = "门诊楼") -> dict[str, Any]:
    return {"image": make_image().pk, "alt_text": alt, "decorative": not alt}


def test_a_gallery_is_links_to_large_pictures_with_words(home: Any, site: Any, client: Client) -> None:
    items = [item({"image": photo("大厅"), "caption": "门诊大厅"}), item({"image": photo(""), "caption": ""})]
    html = shown(client, home, ("gallery", {"title": "环境", "items": items}))
    assert len(re.findall(r'<a href="/media/[^"]+" data-caption=', html)) == 2
    assert 'aria-label="查看大图：大厅"' in html
    assert 'aria-label="查看大图：第 2 张图片"' in html  # decoration elsewhere, here it can be opened


def test_a_pair_shows_what_is_there(home: Any, site: Any, client: Client) -> None:
    link = {"role": "home"}
    value = {"left": {"image": photo(), "caption": "主院区", "link": link}, "right": {"image": photo(""), "link": link}}
    html = shown(client, home, ("image_pair", value))
    assert html.count("<figure") == 2
    assert 'aria-label="首页"' in html  # a decorated picture that links says where to
    value["right"]["image"] = None
    assert shown(client, home, ("image_pair", value)).count("<figure") == 1


def test_a_picture_whose_file_is_gone_leaves_no_hole(home: Any, site: Any, client: Client) -> None:
    picture = photo()
    from wagtail.images.models import Image

    image = Image.objects.get(pk=picture["image"])
    image.file.storage.delete(image.file.name)
    html = shown(
        client,
        home,
        ("image", {"image": picture, "caption": "图注"}),
        ("gallery", {"items": [item({"image": picture})]}),
        ("timeline", {"items": [item({"when": "1956", "title": "建院", "image": picture})]}),
    )
    assert "<img" not in html
    assert "图注" not in html
    assert "建院" in html


@pytest.mark.req("59.1", "59.2")
def test_patients_get_webp_in_the_width_of_their_screen_with_a_fallback(home: Any, site: Any, client: Client) -> None:
    html = shown(client, home, ("image", {"image": wide(), "caption": ""}))
    assert re.findall(r" (\d+)w", html) == ["390", "750", "1125"]
    assert 'type="image/webp"' in html
    assert re.search(
        r'<img src="[^"]+\.png" width="1125" height="56[23]" alt="门诊楼" decoding="async" loading="lazy">', html
    )


def test_a_small_picture_is_not_blown_up(home: Any, site: Any, client: Client) -> None:
    html = shown(client, home, ("image", {"image": photo(), "caption": ""}))
    assert re.findall(r" (\d+)w", html) == ["40"]
    assert 'width="40" height="20"' in html


def test_only_the_first_banner_comes_before_everything_else(home: Any, site: Any, client: Client) -> None:
    slides = [item({"image": wide(), "title": "一"}), item({"image": wide(), "title": "二"})]
    html = shown(client, home, ("banner", {"slides": slides}))
    assert html.count('fetchpriority="high"') == 1
    assert html.count('loading="lazy"') == 1
    assert html.count('width="1125" height="500"') == 2


@pytest.mark.req("59.2")
def test_the_focal_point_stays_in_sight(home: Any, site: Any, client: Client) -> None:
    from PIL import Image as Pillow

    picture = wide(split=True)
    image = picture["object"]
    image.focal_point_x, image.focal_point_y, image.focal_point_width, image.focal_point_height = 1900, 500, 40, 40
    image.save()
    html = shown(client, home, ("gallery", {"items": [item({"image": {**picture, "object": None}})]}))
    assert "<picture>" in html
    with Pillow.open(image.get_rendition("fill-180x180|format-webp").file) as tile:
        red, _green, blue = tile.convert("RGB").getpixel((90, 90))
    assert blue > red  # the right half of the picture is blue


def wide(*, split: bool = False) -> dict[str, Any]:
    """Return a picture of 2000 × 1000; with ``split`` its left half is red, its right half blue."""
    import io

    from django.core.files.base import ContentFile
    from PIL import Image as Pillow
    from wagtail.images.models import Image

    drawing = Pillow.new("RGB", (2000, 1000), (200, 0, 0))
    if split:
        drawing.paste((0, 0, 200), (1000, 0, 2000, 1000))
    buffer = io.BytesIO()
    drawing.save(buffer, "PNG")
    image = Image.objects.create(title="宽图", file=ContentFile(buffer.getvalue(), name="wide.png"))
    return {"image": image.pk, "alt_text": "门诊楼", "decorative": False, **({"object": image} if split else {})}
