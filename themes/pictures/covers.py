# ruff: noqa: E501 - path data reads best on one line
"""Article covers, 640×460: one motif on a quiet ground."""

from collections.abc import Callable
from typing import Final

from themes.pictures.drawing import Drawing

WIDTH: Final = 640
HEIGHT: Final = 460


def _ground(first: str, second: str) -> Drawing:
    picture = Drawing(WIDTH, HEIGHT, (first, second))
    picture.ellipse(320, 235, 190, fill="#ffffff", opacity=0.32)
    picture.ellipse(560, 70, 60, fill="#ffffff", opacity=0.22)
    picture.ellipse(80, 400, 80, fill="#ffffff", opacity=0.18)
    return picture


def _stomach() -> Drawing:
    picture = _ground("#fde9dd", "#f4c3a5")
    outline = (
        "M286 70 L330 70 C330 130 338 150 372 142 C452 124 500 190 484 262 C466 344 384 384 310 366 C262 356 240 372 "
        "236 412 L192 412 C190 340 226 312 280 306 C330 300 336 262 318 222 C298 184 284 140 286 70 Z"
    )
    picture.path(outline, "#e8735f")
    picture.path("M352 190 C400 176 440 206 434 256 C426 308 376 332 330 326 C372 298 378 250 352 190 Z", "#f29a86")
    picture.path("M404 246 C436 240 470 250 480 274 C462 344 384 384 310 366 C360 352 392 310 404 246 Z", "#ffd27d")
    picture.line("M308 78 C308 130 312 160 330 184", "#ffffff", 8, opacity=0.35)
    for x, y, r in ((424, 300, 9), (396, 326, 6), (446, 276, 6)):
        picture.ellipse(x, y, r, fill="#ffffff", opacity=0.6)
    return picture


def _child() -> Drawing:
    picture = _ground("#e2f1fd", "#a9d0f3")
    picture.path("M180 462 C190 380 250 352 320 352 C390 352 450 380 460 462 Z", "#ffb65c")
    picture.ellipse(206, 236, 24, 30, "#f3c6a4")
    picture.ellipse(434, 236, 24, 30, "#f3c6a4")
    picture.ellipse(320, 230, 116, 118, "#fbdcc3")
    picture.path(
        "M202 222 C194 120 260 84 328 90 C400 90 446 140 438 220 C420 190 400 172 372 160 C330 184 250 170 202 222 Z",
        "#3b2c2c",
    )
    picture.line("M266 234 Q280 244 294 234", "#3b2c2c", 7)
    picture.line("M346 234 Q360 244 374 234", "#3b2c2c", 7)
    picture.path("M282 276 Q320 290 358 276 Q352 316 320 316 Q288 316 282 276 Z", "#c8564e")
    picture.path("M290 280 Q320 290 350 280 L348 288 Q320 297 292 288 Z", "#ffffff")
    for x in (246, 394):
        picture.ellipse(x, 270, 22, 15, "#f0897d", opacity=0.4)
    picture.line("M440 380 C470 330 520 350 512 300", "#2f5d74", 9)
    picture.ellipse(512, 286, 22, fill="#2f5d74")
    picture.ellipse(512, 286, 12, fill="#d5e4ea")
    return picture


def _heart() -> Drawing:
    picture = _ground("#fde7e8", "#f0b0b4")
    picture.path(
        "M320 392 C150 290 130 130 236 108 C280 100 308 124 320 152 C332 124 360 100 404 108 C510 130 490 290 320 392 Z",
        "#dd4f55",
    )
    picture.path("M232 136 C186 150 176 206 200 258 C196 206 206 164 250 146 Z", "#ffffff", opacity=0.4)
    picture.line("M136 246 L246 246 L272 196 L306 306 L340 214 L360 246 L504 246", "#ffffff", 13)
    return picture


def _herbs() -> Drawing:
    picture = _ground("#eef3dd", "#c4d39a")
    picture.line("M320 420 C316 320 322 220 330 96", "#4d7a4a", 11)
    for x, y, dx, dy, colour in (
        (322, 330, -120, -60, "#5f9c5c"), (322, 330, 122, -74, "#78ae67"), (322, 246, -104, -66, "#78ae67"),
        (324, 246, 110, -70, "#5f9c5c"), (328, 166, -74, -66, "#93c077"), (328, 166, 80, -62, "#84b56e"), (330, 120, 6, -84, "#a6cb82"),
    ):  # fmt: skip
        nx, ny = -dy * 0.36, dx * 0.36
        mx, my = x + dx * 0.45, y + dy * 0.45
        picture.path(f"M{x} {y} Q{mx + nx} {my + ny} {x + dx} {y + dy} Q{mx - nx} {my - ny} {x} {y} Z", colour)
        picture.line(f"M{x} {y} L{x + dx * 0.8} {y + dy * 0.8}", "#ffffff", 3, opacity=0.4)
    for x, y in ((196, 372), (232, 400), (430, 384), (470, 360), (404, 416)):
        picture.ellipse(x, y, 19, fill="#cf4b3c")
        picture.ellipse(x - 6, y - 6, 5, fill="#ffffff", opacity=0.6)
    return picture


def _lungs() -> Drawing:
    picture = _ground("#e0f0f4", "#a7d3dc")
    picture.line("M320 84 L320 206", "#3d7f92", 22)
    picture.line("M320 196 C310 230 286 236 262 250", "#3d7f92", 16)
    picture.line("M320 196 C330 230 354 236 378 250", "#3d7f92", 16)
    picture.path(
        "M292 196 C296 150 262 136 236 168 C190 224 160 320 172 372 C180 402 214 398 250 378 C290 358 296 330 294 290 Z",
        "#ee8f86",
    )
    picture.path(
        "M348 196 C344 150 378 136 404 168 C450 224 480 320 468 372 C460 402 426 398 390 378 C350 358 344 330 346 290 Z",
        "#ee8f86",
    )
    picture.line("M286 230 C260 250 236 280 222 330", "#ffffff", 8, opacity=0.55)
    picture.line("M354 230 C380 250 404 280 418 330", "#ffffff", 8, opacity=0.55)
    picture.line("M252 262 C262 290 262 310 254 336", "#ffffff", 6, opacity=0.45)
    picture.line("M388 262 C378 290 378 310 386 336", "#ffffff", 6, opacity=0.45)
    return picture


def _food() -> Drawing:
    picture = _ground("#e7f5e6", "#b5dcb4")
    picture.ellipse(320, 290, 210, 96, "#ffffff")
    picture.ellipse(320, 282, 176, 74, "#edf6ee")
    picture.ellipse(250, 242, 66, 64, "#e2574c")
    picture.path("M250 190 C262 168 286 164 296 170 C288 190 270 196 250 190 Z", "#5c9e57")
    picture.ellipse(228, 224, 13, 18, "#ffffff", opacity=0.4)
    picture.ellipse(402, 264, 70, 44, "#f5b745")
    picture.ellipse(402, 258, 24, 20, "#ffe39a")
    for x, y, r in ((330, 214, 34), (364, 190, 30), (300, 190, 28), (332, 172, 34)):
        picture.ellipse(x, y, r, fill="#64ad5c")
    picture.rect(322, 236, 20, 56, "#a9d08b", 8)
    picture.ellipse(330, 312, 36, 20, "#f28c4b")
    return picture


COVERS: Final[tuple[Callable[[], Drawing], ...]] = (_food, _stomach, _child, _heart, _herbs, _lungs)


def cover_svg(seed: int) -> str:
    """Return a cover as SVG text; seeds beyond the six motifs start again."""
    return COVERS[seed % len(COVERS)]().to_svg()


def cover_png(seed: int, width: int = WIDTH) -> bytes:
    """Return a cover as PNG bytes: 0 food, 1 stomach, 2 child, 3 heart, 4 herbs, 5 lungs."""
    return COVERS[seed % len(COVERS)]().to_png(width)
