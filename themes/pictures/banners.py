# ruff: noqa: E501 - path data reads best on one line
"""Banner illustrations, 1125×500: the left half stays calm and dark enough for white words laid over it."""

from collections.abc import Callable
from typing import Final

from themes.pictures.drawing import Drawing

WIDTH: Final = 1125
HEIGHT: Final = 500


def _cloud(picture: Drawing, x: float, y: float, size: float, opacity: float = 0.5) -> None:
    picture.path(
        f"M{x} {y} C{x - 34 * size} {y} {x - 34 * size} {y - 40 * size} {x} {y - 40 * size} "
        f"C{x + 8 * size} {y - 76 * size} {x + 66 * size} {y - 76 * size} {x + 74 * size} {y - 40 * size} "
        f"C{x + 112 * size} {y - 40 * size} {x + 112 * size} {y} {x + 74 * size} {y} Z",
        "#ffffff",
        opacity=opacity,
    )


def _tree(picture: Drawing, x: float, ground: float, size: float, colour: str) -> None:
    picture.rect(x - 4 * size, ground - 50 * size, 8 * size, 50 * size, "#7b5b45")
    picture.ellipse(x, ground - 72 * size, 30 * size, 42 * size, colour)
    picture.ellipse(x + 8 * size, ground - 80 * size, 14 * size, 24 * size, "#ffffff", opacity=0.14)


def _leaf(picture: Drawing, x: float, y: float, dx: float, dy: float, colour: str) -> None:
    """Draw a leaf from its stem at (x, y) to its tip at (x+dx, y+dy)."""
    nx, ny = -dy * 0.42, dx * 0.42
    mx, my = x + dx * 0.45, y + dy * 0.45
    tip = f"{x + dx} {y + dy}"
    picture.path(f"M{x} {y} Q{mx + nx} {my + ny} {tip} Q{mx - nx} {my - ny} {x} {y} Z", colour)
    picture.line(f"M{x} {y} L{x + dx * 0.82} {y + dy * 0.82}", "#ffffff", 3, opacity=0.35)


def _hospital() -> Drawing:
    picture = Drawing(WIDTH, HEIGHT, ("#074560", "#2a9aa5"), "right")
    picture.ellipse(900, 150, 250, 250, "#ffffff", opacity=0.08)
    picture.ellipse(900, 150, 160, 160, "#ffffff", opacity=0.1)
    _cloud(picture, 560, 150, 0.9, 0.22)
    _cloud(picture, 1000, 110, 0.8, 0.55)
    for x, top, width in ((540, 300, 70), (606, 250, 54), (1010, 240, 60), (1064, 290, 80)):
        picture.rect(x, top, width, 220, "#0b5f78", 4, opacity=0.55)
    # wings, tower, entrance
    picture.rect(660, 250, 150, 190, "#d7edf1", 8)
    picture.rect(900, 250, 150, 190, "#d7edf1", 8)
    picture.rect(762, 130, 186, 310, "#ffffff", 10)
    picture.rect(762, 130, 186, 20, "#e6f3f5", 10)
    picture.rect(820, 96, 70, 40, "#ffffff", 8)
    picture.path(
        "M848 102 L862 102 L862 110 L870 110 L870 122 L862 122 L862 130 L848 130 L848 122 L840 122 L840 110 L848 110 Z",
        "#d9443c",
    )
    for row in range(4):
        for column in range(4):
            lit = (row * 3 + column * 5) % 4 == 0
            picture.rect(782 + column * 39, 170 + row * 46, 28, 30, "#ffd98a" if lit else "#8fcbd6", 4)
    for side in (676, 962):
        for row in range(3):
            for column in range(2):
                picture.rect(
                    side + column * 42, 272 + row * 46, 30, 28, "#9dd2db" if (row + column) % 3 else "#ffe0a0", 4
                )
    picture.rect(790, 372, 130, 12, "#0a6f8a", 4)
    picture.rect(806, 384, 98, 56, "#5fb1c1")
    picture.line("M855 386 L855 440", "#ffffff", 4)
    picture.path("M330 502 C400 452 450 438 540 438 L1130 438 L1130 502 Z", "#0a5a70")
    picture.line("M540 440 L1130 440", "#7fd0c8", 5, opacity=0.7)
    for x, size, colour in (
        (636, 1.0, "#35a184"),
        (690, 0.75, "#57b893"),
        (1020, 0.85, "#46ad8b"),
        (1086, 1.15, "#2f957a"),
    ):
        _tree(picture, x, 440, size, colour)
    # ambulance
    picture.path("M528 420 L528 376 Q528 368 536 368 L590 368 L612 392 L624 398 L624 420 Z", "#ffffff")
    picture.path("M592 374 L607 392 L582 392 L582 374 Z", "#8fcbd6")
    picture.rect(528, 400, 96, 7, "#d9443c")
    picture.path(
        "M548 376 L556 376 L556 382 L562 382 L562 390 L556 390 L556 396 L548 396 L548 390 L542 390 L542 382 L548 382 Z",
        "#d9443c",
    )
    picture.rect(552, 361, 18, 8, "#ffb84d", 3)
    for x in (550, 602):
        picture.ellipse(x, 422, 13, 13, "#1d3640")
        picture.ellipse(x, 422, 5, 5, "#c6d5da")
    return picture


def _virus(picture: Drawing, x: float, y: float, radius: float, colour: str, opacity: float) -> None:
    for dx, dy in ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7)):
        picture.line(f"M{x} {y} L{x + dx * radius * 1.4} {y + dy * radius * 1.4}", colour, radius * 0.16, opacity)
        picture.ellipse(x + dx * radius * 1.4, y + dy * radius * 1.4, radius * 0.17, fill=colour, opacity=opacity)
    picture.ellipse(x, y, radius, fill=colour, opacity=opacity)


def _vaccine() -> Drawing:
    picture = Drawing(WIDTH, HEIGHT, ("#1d3b80", "#6d9be6"), "right")
    for radius, opacity in ((250, 0.07), (180, 0.09)):
        picture.ellipse(840, 250, radius, fill="#ffffff", opacity=opacity)
    for x, y, radius, opacity in (
        (590, 110, 22, 0.3),
        (1050, 96, 30, 0.4),
        (1072, 400, 22, 0.35),
        (600, 408, 30, 0.24),
    ):
        _virus(picture, x, y, radius, "#c9dcff", opacity)
    shield = (
        "M840 84 C884 120 930 132 966 134 C972 250 950 350 840 412 C730 350 708 250 714 134 C750 132 796 120 840 84 Z"
    )
    picture.path(shield, "#ffffff")
    picture.path("M840 108 C880 138 914 148 946 151 C950 250 930 334 840 388 Z", "#dfe9fc")
    picture.path("M840 108 C800 138 766 148 734 151 C730 250 750 334 840 388 Z", "#edf3fe")
    picture.path(
        "M816 186 L864 186 L864 228 L906 228 L906 276 L864 276 L864 318 L816 318 L816 276 L774 276 L774 228 L816 228 Z",
        "#3f74d8",
    )
    # syringe, laid across
    picture.path("M918 372 L1010 280 L1040 310 L948 402 Z", "#ffffff")
    picture.path("M936 378 L988 326 L1000 338 L948 390 Z", "#ffb55e")
    for step in range(4):
        x, y = 948 + step * 19, 345 - step * 19
        picture.line(f"M{x} {y} L{x + 9} {y + 9}", "#6b86b8", 4)
    picture.path("M914 382 L930 366 L954 390 L938 406 Z", "#c7d6f3")
    picture.line("M926 394 L884 436", "#dfe8fa", 6)
    picture.line("M1006 272 L1048 314", "#ffffff", 12)
    picture.line("M1026 294 L1054 266", "#dfe8fa", 10)
    picture.line("M1038 250 L1070 282", "#ffffff", 12)
    picture.path("M872 440 C864 454 866 464 875 464 C884 464 885 452 872 440 Z", "#ffdba8")
    return picture


def _maternity() -> Drawing:
    picture = Drawing(WIDTH, HEIGHT, ("#8a2f55", "#eea2b4"), "right")
    picture.ellipse(830, 260, 240, fill="#ffffff", opacity=0.13)
    picture.ellipse(830, 260, 170, fill="#ffffff", opacity=0.12)
    for x, y, size in ((600, 120, 0.5), (1050, 110, 0.7), (1066, 330, 0.45), (590, 360, 0.4)):
        picture.path(
            f"M{x} {y + 40 * size} C{x - 70 * size} {y - 4 * size} {x - 44 * size} {y - 56 * size} {x} {y - 22 * size} "
            f"C{x + 44 * size} {y - 56 * size} {x + 70 * size} {y - 4 * size} {x} {y + 40 * size} Z",
            "#ffffff",
            opacity=0.5,
        )
    # mother
    picture.path(
        "M770 110 C700 104 676 168 690 230 C696 280 684 330 700 372 L838 372 C854 320 846 280 846 226 C856 160 838 112 770 110 Z",
        "#3a2529",
    )
    picture.path("M640 502 C640 400 690 348 768 344 C870 342 930 400 936 502 Z", "#fff5f2")
    picture.path("M744 282 L796 282 L800 350 C790 374 752 374 742 350 Z", "#eab896")
    picture.path(
        "M712 204 C710 150 736 136 770 136 C806 136 830 152 828 204 C828 258 804 300 770 300 C738 300 712 258 712 204 Z",
        "#f8d5bc",
    )
    picture.path(
        "M706 226 C698 150 730 118 772 120 C818 120 842 152 834 226 C830 196 812 178 790 160 C768 184 724 186 706 226 Z",
        "#3a2529",
    )
    picture.line("M734 220 Q744 229 754 221", "#3a2529", 4)
    picture.line("M786 221 Q796 229 806 220", "#3a2529", 4)
    picture.line("M758 258 Q770 268 784 257", "#c25a55", 5)
    for x in (734, 808):
        picture.ellipse(x, 244, 13, 9, "#f0897d", opacity=0.35)
    # arm and swaddled child
    picture.path(
        "M808 470 C780 420 820 350 884 344 C950 338 1000 388 976 450 C962 486 900 506 862 502 C836 500 818 488 808 470 Z",
        "#ffd9a6",
    )
    picture.path("M826 456 C812 414 842 366 888 360 C930 356 962 386 956 426 C930 470 872 486 826 456 Z", "#fff1d8")
    picture.ellipse(886, 404, 50, 48, "#fbdcc6")
    picture.path("M846 386 C852 352 912 340 930 380 C912 372 900 366 888 362 C880 372 862 380 846 386 Z", "#4a3230")
    picture.line("M864 406 Q871 412 878 406", "#4a3230", 3.4)
    picture.line("M896 405 Q903 411 910 404", "#4a3230", 3.4)
    picture.line("M880 426 Q888 433 897 425", "#c25a55", 4)
    for x in (860, 914):
        picture.ellipse(x, 420, 9, 6, "#f0897d", opacity=0.4)
    picture.path("M660 502 C668 450 730 440 790 466 C830 482 862 486 900 478 C930 472 946 484 934 502 Z", "#fff5f2")
    picture.line("M716 470 C770 466 820 496 900 480", "#f0d3cd", 3)
    return picture


def _tcm() -> Drawing:
    picture = Drawing(WIDTH, HEIGHT, ("#1f4d38", "#a9b06b"), "right")
    picture.ellipse(850, 240, 236, fill="#fff7df", opacity=0.16)
    picture.ellipse(850, 240, 166, fill="#fff7df", opacity=0.16)
    for far, opacity in ((0, 0.2), (26, 0.25)):
        picture.path(
            f"M360 502 C440 {450 + far} 580 {330 + far} 640 {350 + far} 700 {400 + far} C790 {320 + far} 900 {340 + far} "
            f"980 {390 + far} C1040 {350 + far} 1090 {350 + far} 1130 {372 + far} L1130 502 Z",
            "#123c2a",
            opacity=opacity,
        )
    for x, y, dx, dy, colour in (
        (700, 356, -84, -92, "#5c9a5e"), (700, 356, -112, -18, "#76ad68"), (712, 340, -26, -120, "#88b96f"),
        (1010, 360, 80, -84, "#5c9a5e"), (1010, 360, 104, -14, "#7fb26c"), (1000, 344, 24, -112, "#95bf74"),
    ):  # fmt: skip
        _leaf(picture, x, y, dx, dy, colour)
    # pestle, mortar, herbs
    picture.path("M930 96 C946 84 968 104 958 120 L892 232 L862 214 Z", "#c99a5b")
    picture.path("M930 96 C938 90 948 92 954 100 L876 222 L862 214 Z", "#dcb277")
    for x, colour in ((800, "#d9674c"), (836, "#e9b44c"), (872, "#c65a45"), (908, "#e9c46a")):
        picture.ellipse(x, 226, 22, 15, colour)
    _leaf(picture, 790, 228, -44, -58, "#79b06c")
    _leaf(picture, 812, 220, 4, -72, "#95c27b")
    picture.path("M716 226 L992 226 C992 330 950 392 854 392 C758 392 716 330 716 226 Z", "#b9793f")
    picture.path("M716 226 L992 226 C992 250 990 268 984 286 L724 286 C718 268 716 250 716 226 Z", "#cb8c4f")
    picture.rect(700, 214, 308, 30, "#dba367", 15)
    picture.path("M800 392 L908 392 L926 430 L782 430 Z", "#a2662f")
    picture.path("M856 300 C884 300 884 340 856 340 C828 340 828 380 856 380", stroke="#f2d8ae", width=5)
    picture.ellipse(856, 340, 40, stroke="#f2d8ae", width=5)
    # gourd
    picture.ellipse(640, 416, 46, 44, "#d7913f")
    picture.ellipse(640, 350, 30, 30, "#e0a152")
    picture.rect(626, 368, 28, 18, "#c94f3d", 6)
    picture.line("M640 320 Q644 304 658 300", "#5b7d45", 7)
    picture.ellipse(626, 404, 11, 16, "#ffffff", opacity=0.25)
    return picture


BANNERS: Final[dict[str, Callable[[], Drawing]]] = {
    "hospital": _hospital,
    "vaccine": _vaccine,
    "maternity": _maternity,
    "tcm": _tcm,
}


def banner_svg(kind: str) -> str:
    """Return a banner as SVG text; raises KeyError for a kind that is not in BANNERS."""
    return BANNERS[kind]().to_svg()


def banner_png(kind: str, width: int = WIDTH) -> bytes:
    """Return a banner as PNG bytes, 1125×500 unless a width is given; raises KeyError for an unknown kind."""
    return BANNERS[kind]().to_png(width)
