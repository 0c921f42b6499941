"""A small flat drawing: the same shapes come out as SVG text or, smoothed, as a PNG by Pillow."""

import io
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

from PIL import Image, ImageColor, ImageDraw

Point = tuple[float, float]
SMOOTHING: Final = 3  # drawn this many times larger, then reduced
CURVE_STEPS: Final = 24


@dataclass(frozen=True)
class Shape:
    """One path: filled, stroked or both; ``opacity`` 0 to 1."""

    d: str
    fill: str = ""
    stroke: str = ""
    width: float = 0
    opacity: float = 1


def ellipse_path(cx: float, cy: float, rx: float, ry: float) -> str:
    """Return an ellipse as four curves."""
    kx, ky = rx * 0.5523, ry * 0.5523
    return (
        f"M{cx - rx} {cy} C{cx - rx} {cy - ky} {cx - kx} {cy - ry} {cx} {cy - ry} "
        f"C{cx + kx} {cy - ry} {cx + rx} {cy - ky} {cx + rx} {cy} "
        f"C{cx + rx} {cy + ky} {cx + kx} {cy + ry} {cx} {cy + ry} "
        f"C{cx - kx} {cy + ry} {cx - rx} {cy + ky} {cx - rx} {cy} Z"
    )


def rect_path(x: float, y: float, width: float, height: float, radius: float = 0) -> str:
    """Return a rectangle with rounded corners."""
    r, right, bottom = min(radius, width / 2, height / 2), x + width, y + height
    return (
        f"M{x + r} {y} L{right - r} {y} Q{right} {y} {right} {y + r} L{right} {bottom - r} "
        f"Q{right} {bottom} {right - r} {bottom} L{x + r} {bottom} Q{x} {bottom} {x} {bottom - r} "
        f"L{x} {y + r} Q{x} {y} {x + r} {y} Z"
    )


def flatten(d: str) -> list[tuple[list[Point], bool]]:
    """Turn path text (absolute M, L, C, Q, Z) into polylines, each with whether it is closed.

    Raises ValueError for any other command: the drawings here use no more.
    """
    lines: list[tuple[list[Point], bool]] = []
    for command, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", d):
        if command not in "MLCQZ":
            raise ValueError(f"path command {command} is not drawn here")
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+(?:e-?\d+)?", text)]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if command == "M":
            lines.append((points, False))
        elif command == "L":
            lines[-1][0].extend(points)
        elif command in "CQ":
            size = 3 if command == "C" else 2
            for start in range(0, len(points), size):
                lines[-1][0].extend(_curve([lines[-1][0][-1], *points[start : start + size]]))
        else:
            lines[-1] = (lines[-1][0], True)
    return lines


def _curve(control: list[Point]) -> list[Point]:
    """Return points along a Bézier curve by de Casteljau, without its first."""
    found = []
    for step in range(1, CURVE_STEPS + 1):
        t, level = step / CURVE_STEPS, control
        while len(level) > 1:
            level = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(level)]
        found.append(level[0])
    return found


@dataclass
class Drawing:
    """A canvas in its own units with a two-colour ground."""

    width: int
    height: int
    ground: tuple[str, str] = ("#ffffff", "#ffffff")
    direction: Literal["down", "right"] = "down"
    shapes: list[Shape] = field(default_factory=list)

    def path(self, d: str, fill: str = "", *, stroke: str = "", width: float = 0, opacity: float = 1) -> None:
        """Add a path (absolute M, L, C, Q, Z)."""
        self.shapes.append(Shape(d, fill, stroke, width, opacity))

    def ellipse(self, cx: float, cy: float, rx: float, ry: float = 0, fill: str = "", **more: float | str) -> None:
        """Add an ellipse; a circle when ``ry`` is left out."""
        self.path(ellipse_path(cx, cy, rx, ry or rx), fill, **more)  # type: ignore[arg-type]

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str = "", radius: float = 0, **more: float | str
    ) -> None:
        """Add a rectangle."""
        self.path(rect_path(x, y, w, h, radius), fill, **more)  # type: ignore[arg-type]

    def line(self, d: str, stroke: str, width: float, opacity: float = 1) -> None:
        """Add an open stroke with round ends."""
        self.path(d, stroke=stroke, width=width, opacity=opacity)

    def to_svg(self) -> str:
        """Return the drawing as SVG text without style attributes."""
        end = 'x2="0" y2="1"' if self.direction == "down" else 'x2="1" y2="0"'
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}">'
            f'<defs><linearGradient id="g" x1="0" y1="0" {end}><stop offset="0" stop-color="{self.ground[0]}"/>'
            f'<stop offset="1" stop-color="{self.ground[1]}"/></linearGradient></defs>'
            f'<rect width="{self.width}" height="{self.height}" fill="url(#g)"/>'
        ]
        for shape in self.shapes:
            stroke = (
                f' stroke="{shape.stroke}" stroke-width="{shape.width}" stroke-linecap="round" stroke-linejoin="round"'
                if shape.stroke
                else ""
            )
            opacity = f' opacity="{shape.opacity}"' if shape.opacity < 1 else ""
            parts.append(f'<path d="{shape.d}" fill="{shape.fill or "none"}"{stroke}{opacity}/>')
        return "".join(parts) + "</svg>"

    def to_png(self, width: int) -> bytes:
        """Return the drawing as PNG bytes, ``width`` pixels wide."""
        scale = width * SMOOTHING / self.width
        size = (width * SMOOTHING, round(self.height * scale))
        picture = self._ground(size)
        for shape in self.shapes:
            if shape.opacity < 1:
                mask = Image.new("L", size, 0)
                self._draw(ImageDraw.Draw(mask), shape, scale, fill=255, stroke=255)
                mask = mask.point([round(value * shape.opacity) for value in range(256)])
                picture.paste(ImageColor.getrgb(shape.fill or shape.stroke), (0, 0, *size), mask)
            else:
                self._draw(ImageDraw.Draw(picture), shape, scale, fill=shape.fill, stroke=shape.stroke)
        small = picture.resize((width, round(self.height * width / self.width)), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "PNG", optimize=True)
        return out.getvalue()

    def _ground(self, size: tuple[int, int]) -> Image.Image:
        first, second = (Image.new("RGB", size, colour) for colour in self.ground)
        ramp = Image.linear_gradient("L")
        if self.direction == "right":
            ramp = ramp.rotate(90)
        return Image.composite(second, first, ramp.resize(size))

    @staticmethod
    def _draw(pen: ImageDraw.ImageDraw, shape: Shape, scale: float, *, fill: str | int, stroke: str | int) -> None:
        for points, closed in flatten(shape.d):
            scaled = [(x * scale, y * scale) for x, y in points]
            if shape.fill:
                pen.polygon(scaled, fill=fill)
            if shape.stroke:
                width = max(1, round(shape.width * scale))
                pen.line([*scaled, scaled[0]] if closed else scaled, fill=stroke, width=width, joint="curve")
                if not closed:
                    radius = width / 2
                    for x, y in (scaled[0], scaled[-1]):
                        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=stroke)
