"""The themes that ship: whole, readable in every mode, and their files."""

import json

import pytest

from themes import packs
from themes.design.colour import to_oklch
from themes.design.derive import MODES, derive, problems
from themes.design.sheet import care_sizes, sheet
from themes.design.spec import ThemeSpec
from themes.design.transfer import BadFile, Parcel, dump, load

NAMES = packs.names()
PARCEL = Parcel("青瓷", "说明", "", ThemeSpec.read({"seeds": {"brand": "#2a7958"}, "numbers": {"radius": 8}}))


def test_four_finished_themes_and_mourning_ship():
    assert {"clearwater", "celadon", "dawn", "inkblue", "mourning"} <= set(NAMES)
    assert packs.parcel("clearwater").spec == ThemeSpec()


@pytest.mark.req("H1.1", "G1.4")
@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_theme_can_be_read_in_every_mode(name):
    # Given a theme that ships, then no pair of light, dark, care and care in the dark fails
    assert [failure.sentence for failure in problems(packs.parcel(name).spec)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_theme_is_whole(name):
    # Given a theme that ships, then it has name, description, style sheet with its own rules, and care sizes
    parcel = packs.parcel(name)
    assert parcel.name and parcel.description
    css = sheet(parcel.spec, own_rules=packs.own_rules(name))
    assert css.count("{") == css.count("}")
    assert len(css) < 9_000
    for value in care_sizes(parcel.spec).values():
        assert not value.endswith("rem") or float(value.removesuffix("rem")) * 16 >= 18


def test_mourning_has_no_colour():
    modes = derive(packs.parcel("mourning").spec)
    assert all(to_oklch(value).is_grey for mode in MODES for value in modes.of(mode).values())
    assert "--ph-filter: grayscale(1)" in sheet(packs.parcel("mourning").spec)


def test_a_theme_comes_back_from_its_file_as_it_went():
    assert load(dump(PARCEL).encode()) == PARCEL


def changed(**changes) -> bytes:
    return json.dumps(json.loads(dump(PARCEL)) | changes).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "已损坏"),
        (b"\xff\xfe\x00", "已损坏"),
        (b"[" * 100_000, "已损坏"),
        (b"{}", "不是掌上医院的主题文件"),
        (dump(PARCEL).encode()[:-20], "已损坏"),
        (changed(version=2), "更新的版本（2）"),
        (changed(version="1"), "没有写明版本"),
        (changed(sha256="0" * 64), "校验值不符"),
        (dump(PARCEL).replace("#2a7958", "#2a7959").encode(), "校验值不符"),
        (b" " * 300_000, "太大"),
        (dump(Parcel("x" * 31, "", "", ThemeSpec())).encode(), "名称太长"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content, reason):
    with pytest.raises(BadFile, match=reason):
        load(content)


def test_a_whole_file_with_values_that_are_none_says_which():
    # Given a file whose sum is right but whose values were made by hand
    import hashlib

    theme = {"name": "坏", "description": "", "pack": "", "spec": {"seeds": {"brand": "red;}"}}}
    text = json.dumps(theme, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    whole = {"format": "pocket-hospital-theme", "version": 1, "theme": theme}
    with pytest.raises(BadFile, match="「主色」请填写"):
        load(json.dumps(whole | {"sha256": hashlib.sha256(text.encode()).hexdigest()}).encode())


@pytest.fixture
def pack_with_templates(tmp_path, monkeypatch):
    """Install a pack "wave" whose hero wraps the one behind it."""
    folder = tmp_path / "wave"
    (folder / "templates/themes/parts").mkdir(parents=True)
    (folder / "theme.json").write_text(dump(PARCEL), encoding="utf-8")
    (folder / "templates/themes/parts/card_title.html").write_text("<i>浪</i>", encoding="utf-8")
    (folder / "templates/themes/parts/badge.html").write_text(
        '{% extends "themes/parts/badge.html" %}', encoding="utf-8"
    )
    for function in (packs.names, packs.parcel, packs.own_rules, packs.templates):
        function.cache_clear()
    monkeypatch.setattr(packs, "FOLDER", tmp_path)
    yield "wave"
    monkeypatch.undo()
    for function in (packs.names, packs.parcel, packs.own_rules, packs.templates):
        function.cache_clear()


def test_a_packs_templates_come_first_for_its_site_only(pack_with_templates):
    from django.template.loader import render_to_string

    from themes.loaders import wearing

    def title() -> str:
        return render_to_string("themes/parts/card_title.html", {"title": "标题"})

    before = title()
    with wearing(lambda: pack_with_templates):
        # Then the pack's own stands there, and one that extends its namesake finds the one behind
        assert title() == "<i>浪</i>"
        assert "已约" in render_to_string("themes/parts/badge.html", {"text": "已约"})
    with wearing(lambda: ""):
        assert title() == before
    assert title() == before


def test_a_packs_css_holds_only_rules_of_its_scope(pack_with_templates):
    path = packs.FOLDER / "wave" / "theme.css"
    path.write_text("body { display: none }", encoding="utf-8")
    packs.own_rules.cache_clear()
    with pytest.raises(ValueError, match="every rule must read"):
        packs.own_rules("wave")
