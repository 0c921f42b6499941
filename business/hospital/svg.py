"""Cleaning an SVG that staff upload: only shapes and words stay, nothing that runs, loads or refers elsewhere."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from business.security.errors import InvalidInput

LARGEST_BYTES = 2_000_000
MOST_ELEMENTS = 20_000
DEEPEST = 40
LONGEST_SIDE = 20_000.0
FIELD = "plan_file"

NAMESPACE = "http://www.w3.org/2000/svg"
ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
    ]
)
# What an attribute may be, whichever element it stands on; style sheets become these attributes.
PRESENTATION = frozenset(
    [
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-miterlimit",
        "opacity",
        "font-size",
        "font-weight",
        "font-family",
        "font-style",
        "text-anchor",
        "dominant-baseline",
        "letter-spacing",
        "stop-color",
        "stop-opacity",
        "color",
        "display",
        "visibility",
    ]
)
GEOMETRY = frozenset(
    [
        "d",
        "points",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "width",
        "height",
        "dx",
        "dy",
        "rotate",
        "transform",
        "id",
        "offset",
        "gradientUnits",
        "gradientTransform",
        "fx",
        "fy",
        "spreadMethod",
        "pathLength",
        "textLength",
    ]
)
_LOCAL = re.compile(r"url\(\s*['\"]?#[\w.-]{1,60}['\"]?\s*\)")
_LOADS = re.compile(r"url\(|javascript:|data:|expression|import|@|\\|<|&", re.IGNORECASE)
_RULE = re.compile(r"\.([\w-]{1,60})\s*\{([^{}]{0,2000})\}")
# Bounded: a long row of digits must not be tried in every division.
_NUMBER = re.compile(r"\s*([+-]?\d{0,9}\.?\d{1,9}(?:e[+-]?\d{1,2})?)\s*(?:px|pt|mm|cm|in)?\s*", re.IGNORECASE)


def clean(data: bytes) -> tuple[str, float, float]:
    """Return the harmless part of an SVG with its width and height; raises InvalidInput with a sentence.

    Scripts, event attributes, foreign objects, pictures, links and references to anything outside the file are left
    out; entities and document types are refused, and so is what is too large to draw (9.2).
    """
    if len(data) > LARGEST_BYTES:
        raise InvalidInput("图纸文件超过 2 MB，请在绘图软件里简化后再上传", field=FIELD, code="svg_large")
    try:
        root = fromstring(data, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise InvalidInput(
            "图纸里含有不允许的实体定义，可能有害，没有保存；请用绘图软件重新导出", field=FIELD, code="svg_entities"
        ) from error
    except (ET.ParseError, ValueError, LookupError, RecursionError) as error:
        raise InvalidInput(
            "这个文件不是完整的 SVG 图，请重新导出，或改传 PNG、JPG 图片", field=FIELD, code="svg_broken"
        ) from error
    if _name(root) != "svg":
        raise InvalidInput("这个文件不是 SVG 图，请重新导出，或改传 PNG、JPG 图片", field=FIELD, code="svg_other")
    _measure(root)
    left, top, width, height = _box(root)
    cleaned = _copy(root, _rules(root))
    if not any(True for _ in cleaned.iter() if _name(_) not in {"svg", "g", "defs", "title", "desc"}):
        raise InvalidInput("图纸里没有可以显示的线条或形状", field=FIELD, code="svg_empty")
    cleaned.attrib = {
        "viewBox": f"{left:g} {top:g} {width:g} {height:g}",
        "width": f"{width:g}",
        "height": f"{height:g}",
    }
    ET.register_namespace("", NAMESPACE)
    return ET.tostring(cleaned, encoding="unicode"), width, height


def _name(element: ET.Element) -> str:
    tag = element.tag
    if not isinstance(tag, str):
        return ""  # a comment or a processing instruction
    space, _, name = tag.rpartition("}")
    return name if space in {"", "{" + NAMESPACE} else ""


def _measure(root: ET.Element) -> None:
    """Refuse what would take a phone too long to draw; walks without recursion."""
    count, layer, depth = 0, [root], 0
    while layer:
        count, depth = count + len(layer), depth + 1
        if count > MOST_ELEMENTS or depth > DEEPEST:
            raise InvalidInput(
                "图纸太复杂，手机上会打不开；请删去家具、尺寸线等细节后再导出", field=FIELD, code="svg_complex"
            )
        layer = [child for element in layer for child in element]


def _box(root: ET.Element) -> tuple[float, float, float, float]:
    numbers = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    try:
        left, top, width, height = (float(number) for number in numbers)
    except ValueError:
        found = [_NUMBER.fullmatch(root.get(side, "")) for side in ("width", "height")]
        if not all(found):
            raise InvalidInput("图纸没有写明大小（viewBox），请重新导出", field=FIELD, code="svg_size") from None
        left, top, width, height = 0.0, 0.0, *(float(one[1]) for one in found if one)
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and max(abs(left), abs(top)) <= LONGEST_SIDE):
        raise InvalidInput("图纸的大小不合适，长和宽应在 1 到 20000 之间", field=FIELD, code="svg_size")
    return left, top, width, height


def _rules(root: ET.Element) -> dict[str, dict[str, str]]:
    """Return what simple style rules say of classes: drawing programs write their colours there."""
    rules: dict[str, dict[str, str]] = {}
    for element in root.iter():
        if _name(element) == "style":
            for name, body in _RULE.findall(element.text or ""):
                rules.setdefault(name, {}).update(_declarations(body))
    return rules


def _declarations(text: str) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in text.split(";") if ":" in part)
    return {
        name.strip(): value.strip()
        for name, value in pairs
        if name.strip() in PRESENTATION and _harmless(value.strip())
    }


def _harmless(value: str) -> bool:
    return not _LOADS.search(_LOCAL.sub("", value))


def _attributes(element: ET.Element, rules: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        if (name in GEOMETRY or name in PRESENTATION) and _harmless(value):
            yield name, value
    for name in element.get("class", "").split():
        yield from rules.get(name, {}).items()
    yield from _declarations(element.get("style", "")).items()


def _copy(element: ET.Element, rules: dict[str, dict[str, str]]) -> ET.Element:
    new = ET.Element(f"{{{NAMESPACE}}}{_name(element)}", dict(_attributes(element, rules)))
    new.text = element.text if _name(element) in {"text", "tspan", "title", "desc"} else None
    for child in element:
        if _name(child) in ELEMENTS and _name(child) != "svg":
            copied = _copy(child, rules)
            copied.tail = child.tail if _name(element) in {"text", "tspan"} else None
            new.append(copied)
    return new
