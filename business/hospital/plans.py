"""Floor plans: what staff upload, and the shapes they draw on it. Units are those of the plan."""

import io
import math
import warnings
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from business.hospital import svg
from business.security.errors import InvalidInput

LARGEST_PICTURE = 15_000_000
MOST_PIXELS = 40_000_000
LONGEST_KEPT = 2400  # pixels; enough to read room numbers when zoomed
BLANK = (1000, 640)
FORMATS = frozenset({"PNG", "JPEG", "WEBP"})

RECT, POLYGON, POINT = "rect", "polygon", "point"
POINTS = {RECT: (2, 2), POLYGON: (3, 60), POINT: (1, 1)}
SMALLEST = 2.0


@dataclass(frozen=True)
class Drawing:
    """A plan ready to be kept: its size, and either an SVG or a picture (neither: a blank sheet)."""

    width: int
    height: int
    svg: str = ""
    picture: ContentFile | None = None  # type: ignore[type-arg]


def blank() -> Drawing:
    """Return an empty sheet to draw rooms on."""
    return Drawing(*BLANK)


def read(data: bytes) -> Drawing:
    """Return the plan in an uploaded file, cleaned or re-encoded; raises InvalidInput with a sentence."""
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<") or b"<svg" in start:
        text, width, height = svg.clean(data)
        return Drawing(max(1, math.ceil(width)), max(1, math.ceil(height)), svg=text)
    return _picture(data)


def _picture(data: bytes) -> Drawing:
    if len(data) > LARGEST_PICTURE:
        raise InvalidInput("图片超过 15 MB，请缩小后再上传", field=svg.FIELD, code="picture_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
            if image.format not in FORMATS:
                raise InvalidInput("请上传 SVG、PNG、JPG 或 WebP 格式的平面图", field=svg.FIELD, code="picture_kind")
            if image.width * image.height > MOST_PIXELS:
                raise InvalidInput("图片像素太多，请缩小到 6000 像素以内", field=svg.FIELD, code="picture_pixels")
            image.load()
    except InvalidInput:
        raise
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as e:
        raise InvalidInput(
            "这张图片打不开，请上传 SVG、PNG、JPG 或 WebP 格式的平面图", field=svg.FIELD, code="picture_broken"
        ) from e
    drawn = image.convert("RGBA" if image.mode in {"RGBA", "LA", "P"} else "RGB")
    drawn.thumbnail((LONGEST_KEPT, LONGEST_KEPT))
    buffer = io.BytesIO()
    drawn.save(buffer, "WEBP", quality=82, method=4)
    return Drawing(drawn.width, drawn.height, picture=ContentFile(buffer.getvalue(), name="plan.webp"))


def check_shape(raw: Any, width: int, height: int) -> dict[str, Any] | None:
    """Return a shape as it is kept, None where a room has none; raises InvalidInput with a sentence.

    Rounds to tenths; a shape must lie on the plan and be large enough to hit.
    """
    if raw is None:
        return None
    if not isinstance(raw, dict) or raw.get("kind") not in POINTS or not isinstance(raw.get("points"), list):
        raise InvalidInput("图上的形状不完整，请删掉重画", field="shape", code="shape_kind")
    fewest, most = POINTS[raw["kind"]]
    if not fewest <= len(raw["points"]) <= most:
        raise InvalidInput("多边形要有 3 到 60 个角", field="shape", code="shape_points")
    points = [_point(pair, width, height) for pair in raw["points"]]
    if raw["kind"] == RECT:
        (x1, y1), (x2, y2) = points
        points = [[min(x1, x2), min(y1, y2)], [max(x1, x2), max(y1, y2)]]
    if raw["kind"] != POINT:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        if max(xs) - min(xs) < SMALLEST or max(ys) - min(ys) < SMALLEST:
            raise InvalidInput("图上的形状太小，点不到，请画大一些", field="shape", code="shape_small")
    return {"kind": raw["kind"], "points": points}


def _point(pair: Any, width: int, height: int) -> list[float]:
    if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004  # x and y
        raise InvalidInput("图上的形状不完整，请删掉重画", field="shape", code="shape_kind")
    numbers = [float(n) if isinstance(n, int | float) and not isinstance(n, bool) else math.nan for n in pair]
    if not all(math.isfinite(n) for n in numbers):
        raise InvalidInput("坐标要填数字", field="shape", code="shape_number")
    x, y = numbers
    if not (0 <= x <= width and 0 <= y <= height):
        raise InvalidInput(
            f"形状超出了图纸：横向 0 到 {width}，纵向 0 到 {height}", field="shape", code="shape_outside"
        )
    return [round(x, 1), round(y, 1)]


def centre_of(shape: dict[str, Any]) -> tuple[float, float]:
    """Return where a shape's name is written."""
    points = shape["points"]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
