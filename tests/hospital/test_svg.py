"""An uploaded SVG keeps its lines and words, and nothing that runs, loads or refers elsewhere."""

import pytest

from business.hospital import plans, svg
from business.security.errors import InvalidInput

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 400 200">'
LINE = '<rect x="1" y="2" width="30" height="40" fill="#eee"/>'


def clean(inside: str, head: str = HEAD) -> str:
    return svg.clean(f"{head}{inside}</svg>".encode())[0]


@pytest.mark.req("9.2")
def test_shapes_words_and_colours_stay() -> None:
    # Given a plan as a drawing program exports it, colours in classes and in style attributes
    text = clean(
        "<style>.cls-1{fill:#abcdef;stroke:red} .cls-2{background:url(https://evil.example/x)}</style>"
        '<g transform="translate(3 4)"><path class="cls-1 cls-2" d="M0 0h9v9z" style="stroke-width:2;position:fixed"/>'
        '<text x="4" y="5">内科 <tspan font-weight="700">诊区</tspan> 3F</text></g>'
    )
    # Then all of them are plain attributes
    for kept in ('fill="#abcdef"', 'stroke="red"', 'stroke-width="2"', "内科 ", "诊区", " 3F", "translate(3 4)"):
        assert kept in text
    for gone in ("style", "class", "position", "evil"):
        assert gone not in text


@pytest.mark.req("9.2")
@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<rect onload="alert(1)" onclick="x()" width="1" height="1"/>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="https://evil.example"/></body></foreignObject>',
        '<image href="https://evil.example/a.png" width="1" height="1"/>',
        '<use xlink:href="https://evil.example/a.svg#x"/>',
        '<a xlink:href="javascript:alert(1)"><text>evil</text></a>',
        '<rect fill="url(https://evil.example/a)" width="1" height="1"/>',
        '<rect style="fill:url(//evil.example)" width="1" height="1"/>',
        "<style>@import 'https://evil.example/a.css'; .a{fill:red}</style>",
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<set attributeName="onload" to="alert(1)"/>',
        '<rect width="1" height="1" xlink:href="data:text/html,evil"/>',
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
        "<?xml-stylesheet href='https://evil.example'?>",
        "<!-- evil -->",
        '<filter id="f"><feImage href="https://evil.example"/></filter>',
    ],
)
def test_what_runs_loads_or_refers_elsewhere_is_left_out(hostile: str) -> None:
    text = clean(LINE + hostile)
    assert 'fill="#eee"' in text
    for word in ("script", "evil", "alert", "href", "onload", "foreign", "import", "http://www.w3.org/1999", "data:"):
        assert word not in text


@pytest.mark.req("9.2")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg", "svg_broken"),
        (b"<html><body/></html>", "svg_other"),
        (f"{HEAD}</svg>".encode(), "svg_empty"),
        (f'<svg xmlns="http://www.w3.org/2000/svg">{LINE}</svg>'.encode(), "svg_size"),
        (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e9 5">{LINE}</svg>'.encode(), "svg_size"),
        (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 nan 5">{LINE}</svg>'.encode(), "svg_size"),
        (b"<svg>" + b" " * svg.LARGEST_BYTES, "svg_large"),
        ((HEAD + LINE * (svg.MOST_ELEMENTS + 1) + "</svg>").encode(), "svg_complex"),
        ((HEAD + "<g>" * 60 + LINE + "</g>" * 60 + "</svg>").encode(), "svg_complex"),
        (
            b'<!DOCTYPE s [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>',
            "svg_entities",
        ),
        (
            b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
            "svg_entities",
        ),
    ],
)
def test_what_is_no_plan_is_refused_with_a_sentence(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        svg.clean(data)
    assert refused.value.code == code
    assert refused.value.field == "plan_file"


def test_the_usual_document_type_is_no_reason_to_refuse() -> None:
    doctype = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert "rect" in clean(LINE, doctype + HEAD)


@pytest.mark.req("9.2", "59.1")
@pytest.mark.parametrize("data", [b"", b"GIF89a....", b"\x89PNG\r\n\x1a\nnot a picture", b"<!doctype html><p>x"])
def test_a_fake_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        plans.read(data)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"kind": "circle", "points": []}, "shape_kind"),
        ({"kind": "rect", "points": [[1, 1]]}, "shape_points"),
        ({"kind": "polygon", "points": [[1, 1]] * 61}, "shape_points"),
        ({"kind": "rect", "points": [[1, 1], [101, 9]]}, "shape_outside"),
        ({"kind": "point", "points": [[-1, 1]]}, "shape_outside"),
        ({"kind": "point", "points": [["1", 1]]}, "shape_number"),
        ({"kind": "point", "points": [[True, 1]]}, "shape_number"),
        ({"kind": "point", "points": [[float("nan"), 1]]}, "shape_number"),
        ({"kind": "point", "points": [[1]]}, "shape_kind"),
        ({"kind": "rect", "points": [[1, 1], [1.5, 9]]}, "shape_small"),
        ("rect", "shape_kind"),
    ],
)
def test_a_shape_lies_on_the_plan_and_can_be_hit(raw: object, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        plans.check_shape(raw, 100, 50)
    assert refused.value.code == code


def test_a_rectangle_is_kept_from_its_upper_left_corner() -> None:
    assert plans.check_shape({"kind": "rect", "points": [[30.04, 9], [10, 40]]}, 100, 50) == {
        "kind": "rect",
        "points": [[10, 9], [30.0, 40]],
    }
    assert plans.check_shape(None, 100, 50) is None


def test_a_size_of_a_million_digits_is_refused_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        clean(LINE, head=f'<svg xmlns="http://www.w3.org/2000/svg" height="4" width="{"1" * 1_000_000}x">')
    assert refused.value.code == "svg_size"
