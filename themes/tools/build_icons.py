#!/usr/bin/env python
"""Write the two icon sprites from unpacked npm packages.

Usage: ``npm pack @tabler/icons healthicons``, unpack both, then
``python themes/tools/build_icons.py TABLER_FOLDER HEALTHICONS_FOLDER``. Run only when an icon is added to
``themes/icons.py`` or a package is updated; the output is committed.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from themes.icons import ACTION_ICONS, MEDICAL_ICONS  # noqa: E402

OUT = ROOT / "themes/static/themes/icons"


def _shapes(svg: str) -> str:
    """Return what is inside the ``<svg>`` element on one line, without Tabler's empty bounding box."""
    inner = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.S)
    if inner is None:
        raise ValueError("not an SVG file")
    text = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", inner.group(1))
    return re.sub(r"\s*\n\s*", "", re.sub(r"\s+/>", "/>", text)).strip()


def _rounded(svg: str) -> str:
    """Shorten coordinates to one decimal: at 28 pixels that is a twentieth of a pixel."""
    return re.sub(r"\d+\.\d{2,}", lambda found: f"{float(found.group()):.1f}".rstrip("0").rstrip("."), svg)


def build(tabler: Path, health: Path) -> None:
    """Write both sprites and a file for each medical icon; raises FileNotFoundError when a package lacks one."""
    actions = [
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round">{_shapes((tabler / f"icons/outline/{file}.svg").read_text())}'
        "</symbol>"
        for name, _label, file in ACTION_ICONS
    ]
    medical = [
        f'<symbol id="{name}" viewBox="4 4 40 40" fill="none">'
        f"{_rounded(_shapes((health / f'public/icons/svg/outline/{file}.svg').read_text()))}</symbol>"
        for name, _label, file in MEDICAL_ICONS
    ]
    (OUT / "medical").mkdir(parents=True, exist_ok=True)
    # Pages load the few medical icons they show, one file each; the editor's picker shows them all.
    single = [(f"medical/{name}.svg", [symbol]) for (name, *_rest), symbol in zip(MEDICAL_ICONS, medical, strict=True)]
    for target, symbols in (("actions.svg", actions), ("medical.svg", medical), *single):
        text = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
        (OUT / target).write_text(text.replace('fill="#333333"', 'fill="currentColor"'), encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
