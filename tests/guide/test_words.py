"""What the guide says is true: its pictures, its links, the addresses and the labels it names."""

import re
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.urls import resolve

from cms.guide import book, markdown, where
from cms.guide.markdown import FOLDER, START
from tests.browser.guide.__main__ import MOST_BYTES
from tests.browser.guide.camera import PICTURES
from tests.guide.labels import labels

PAGES = sorted(file.stem for file in FOLDER.glob("*.md"))
pytestmark = pytest.mark.req("G1.4")


def source(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def links(kind: str) -> list[tuple[str, str]]:
    return [(name, unquote(target)) for name in PAGES for what, target in markdown.links(source(name)) if what == kind]


def test_every_page_is_reached_from_the_first_and_the_screens_lead_to_pages() -> None:
    assert sorted(book.names()) == PAGES
    led_to = {*where.SCREENS.values(), *(name for _kind, name in where.KINDS), where.FIRST_SCREEN}
    assert led_to <= set(PAGES)


def test_every_picture_is_taken_by_the_command_and_shown_somewhere() -> None:
    shown = {target for _name, target in links("img")}
    assert shown == {f"images/{name}.png" for name in PICTURES}
    there = {f"images/{file.name}" for file in (FOLDER / "images").iterdir()}
    assert there == shown
    assert sum(file.stat().st_size for file in (FOLDER / "images").iterdir()) < MOST_BYTES


def test_every_link_leads_to_a_page_and_a_heading_of_it() -> None:
    for name, target in links("a"):
        page, _hash, anchor = target.partition("#")
        if target.startswith(markdown.DESK):
            resolve(f"/{settings.ADMIN_PATH}/{target.removeprefix(markdown.DESK)}")
            continue
        file = page.removesuffix(".md") if page else name
        assert page == "" or page.endswith(".md"), f"{name}: {target}"
        assert file in PAGES, f"{name}: {target}"
        assert not anchor or anchor in {section.anchor for section in book.page(file).sections}, f"{name}: {target}"


@pytest.mark.parametrize("name", PAGES)
def test_every_address_of_the_desk_it_names_exists(name: str) -> None:
    for address in re.findall(r"`(/staff/[^`]*)`", source(name)):
        resolve(f"/{settings.ADMIN_PATH}/{address.removeprefix(markdown.DESK)}")


@pytest.mark.parametrize("name", PAGES)
def test_every_label_it_quotes_stands_in_the_desk(name: str) -> None:
    quoted = set(re.findall(r"「((?:[^「」]|「[^」]*」)+)」", source(name)))
    unknown = sorted(quoted - labels())
    assert not unknown, f"{name}: {unknown}"


def test_the_first_page_is_no_part_of_itself() -> None:
    assert START not in [name for part in book.parts() for name, _title in part.pages]
