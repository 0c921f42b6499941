"""The kit renders: every sample page, within the content security policy, with headings in order."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

import themes
from themes import bundle, icons, samples
from themes.pictures import BANNERS, banner_png, cover_png, portrait_png, portrait_svg
from themes.pictures.drawing import flatten

FOLDER = Path(themes.__file__).parent
PAGES = ["", *samples.PAGES]


class Outline(HTMLParser):
    """Collects what the tests ask about a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def named(self, *names: str) -> list[tuple[str, dict[str, str | None]]]:
        return [(tag, attrs) for tag, attrs in self.tags if tag in names]


def page(name: str, **look) -> str:
    template = f"themes/samples/{name}.html" if name else "themes/styleguide.html"
    return render_to_string(template, samples.context(name, **look))


@pytest.mark.parametrize("name", PAGES)
def test_page_obeys_the_content_security_policy(name):
    # Given a sample page, when it is rendered
    html = page(name)
    outline = Outline(html)
    # Then it has no inline style, script or handler, and takes nothing from elsewhere
    assert "<style" not in html
    assert all(attrs.get("src") for _tag, attrs in outline.named("script"))
    for tag, attrs in outline.tags:
        assert "style" not in attrs, tag
        assert not [key for key in attrs if key.startswith(("on", "hx-on", "data-hx-on"))], tag
        trigger = attrs.get("data-hx-trigger") or attrs.get("hx-trigger") or ""
        assert "[" not in trigger, "a trigger filter would need unsafe-eval"
        if tag in {"script", "link", "img"}:
            address = attrs.get("src") or attrs.get("href") or ""
            assert address.startswith("/") and not address.startswith("//"), address


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_in_its_frame(name):
    # Given a sample page, when it is rendered
    outline = Outline(page(name))
    # Then language, zoom, landmarks, one h1 and no skipped heading level
    assert outline.named("html")[0][1]["lang"] == "zh-Hans"
    viewport = next(attrs["content"] for _t, attrs in outline.named("meta") if attrs.get("name") == "viewport")
    assert "user-scalable" not in viewport and "maximum-scale" not in viewport
    assert len(outline.named("main")) == 1
    assert outline.named("a")[0][1]["href"] == "#main"
    levels = [int(tag[1]) for tag, _attrs in outline.named("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), levels
    assert all("alt" in attrs for _tag, attrs in outline.named("img"))


@pytest.mark.parametrize("name", PAGES)
def test_static_files_and_icons_exist(name):
    # Given the addresses a page names, then each static file is there and each icon is in its sprite
    for _tag, attrs in Outline(page(name)).tags:
        address = attrs.get("src") or attrs.get("href") or ""
        if address.startswith("/static/"):
            path, _, symbol = address.removeprefix("/static/").partition("#")
            found = finders.find(path)
            assert found, address
            if symbol:
                assert f'<symbol id="{symbol}"' in Path(found).read_text(encoding="utf-8")


def test_every_chosen_icon_is_in_a_sprite():
    # Given the list editors choose from, then the sprites hold exactly those
    for sprite, names in (("actions", icons.ACTION_NAMES), ("medical", icons.MEDICAL_NAMES)):
        text = (FOLDER / f"static/themes/icons/{sprite}.svg").read_text(encoding="utf-8")
        assert set(re.findall(r'<symbol id="([^"]+)"', text)) == names
    for name in icons.MEDICAL_NAMES:
        assert f'<symbol id="{name}"' in (FOLDER / f"static/themes/icons/medical/{name}.svg").read_text(
            encoding="utf-8"
        )
    assert len(icons.ICON_CHOICES) == len({name for name, _label in icons.ICON_CHOICES})


def test_look_without_javascript():
    # Given a visitor whose cookie says care mode and dark, when the page is rendered
    html = page("home", care=True, mode="dark")
    # Then the attributes stand in the markup and the links lead back out
    assert '<html lang="zh-Hans" data-care data-mode="dark">' in html
    assert "/-/look/?care=0" in html and "/-/look/?mode=light" in html


def test_no_javascript_visitors_are_sent_to_the_whole_page():
    # Given a page with islands, when the shell knows the address of its whole form
    html = render_to_string("themes/samples/home.html", samples.context("home") | {"whole_url": "?whole=1"})
    # Then a refresh inside noscript leads there; and without it, nothing does
    assert '<noscript><meta http-equiv="refresh" content="0; url=?whole=1"></noscript>' in html
    assert "http-equiv" not in page("home")


def test_shell_is_the_same_for_everybody():
    # Given the shell alone, then it has no form token that would make it personal
    assert "csrf" not in render_to_string("themes/shell.html", samples.context("home"))


def test_css_uses_only_tokens_that_exist():
    # Given the style sheets, then every token they use is defined
    css = {path.name: path.read_text(encoding="utf-8") for path in (FOLDER / "static/themes/css").glob("*.css")}
    defined = set(re.findall(r"(--ph-[\w-]+):", css["tokens.css"] + css["shell.css"]))
    for name, text in css.items():
        assert set(re.findall(r"var\((--ph-[\w-]+)", text)) <= defined, name


def test_vendored_files_carry_version_and_licence():
    # Given everything taken from elsewhere, then version and licence lie beside it
    for folder in (FOLDER / "static/themes/vendor").iterdir():
        names = {path.name.split(".")[0] for path in folder.iterdir()}
        assert {"VERSION", "LICENSE"} <= names, folder.name


def test_front_end_budget():
    # Given what a page loads before its pictures, then our own part stays small (bytes as sent, before compression)
    css = sum(len(bundle.squeezed(path.read_text(encoding="utf-8")).encode()) for path in bundle.css_sources())
    assert css < 64_000
    assert (FOLDER / "static/themes/js/portal.js").stat().st_size < 18_000


def test_pictures_are_repeatable_and_have_their_size():
    # Given the same seed, then the same person; another seed, another one
    assert portrait_svg(3, "female") == portrait_svg(3, "female") != portrait_svg(4, "female")
    assert "style=" not in portrait_svg(3, "female")
    for data, width, height in (
        (portrait_png(3, "male", 64), 64, 80),
        (cover_png(1, 64), 64, 46),
        *((banner_png(kind, 225), 225, 100) for kind in BANNERS),
    ):
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (width, height)


def test_drawing_refuses_path_commands_it_cannot_draw():
    # Given a path with an arc, when it is flattened, then it says so instead of drawing something else
    with pytest.raises(ValueError, match="A"):
        flatten("M0 0 A5 5 0 0 1 9 9")
