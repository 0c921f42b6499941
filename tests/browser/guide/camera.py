"""Takes a part of the screen, draws marks on it and keeps it small."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Locator, Page

from tests.browser.desk import Staff
from tests.browser.outside import Outside, Person
from tests.browser.steps import Patient
from tests.portal import ROOT, RunningPortal

FOLDER = ROOT / "docs" / "guide" / "images"
DESK = {"width": 1180, "height": 720}
PHONE = {"width": 390, "height": 760}
CHINA = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
COLOURS, MARK = 96, "#d4380d"
EDGE = 5  # pixels between what is marked and its frame

# The pictures by name, in the order in which they are taken: some stand on what an earlier one has done.
PICTURES: dict[str, Callable[["Camera"], None]] = {}


def picture(take: Callable[["Camera"], None]) -> Callable[["Camera"], None]:
    """Register the picture that a function takes; it is named after the function."""
    PICTURES[take.__name__.replace("_", "-")] = take
    return take


@dataclass
class Camera:
    """Staff and a patient in front of the demonstration, and a folder for what is taken."""

    browser: Browser
    portal: RunningPortal
    folder: Path = FOLDER
    _staff: dict[str, Staff] = field(default_factory=dict)
    name: str = ""

    def staff(self, role: str = "editor", at: str = "") -> Staff:
        """Give somebody who has signed in, on a screen of the desk."""
        if role not in self._staff:
            context = self.browser.new_context(viewport=DESK, **CHINA)
            self._staff[role] = Staff(context.new_page(), self.portal, role)
            self._staff[role].signs_in()
            # "Leave without saving?" Yes.
            self._staff[role].page.on("dialog", lambda dialog: dialog.accept())
        staff = self._staff[role]
        staff.opens(at)
        return staff

    @cached_property
    def patient(self) -> Patient:
        """Give a phone nobody has signed in on."""
        options: dict[str, Any] = {"viewport": PHONE, "device_scale_factor": 1.25, "is_mobile": True, "has_touch": True}
        context = self.browser.new_context(**options, **CHINA)
        return Patient(context.new_page(), self.portal, Outside(self.portal.sandbox_url), Person("林晓雯"))

    def keep(
        self,
        page: Page,
        *marks: Locator,
        of: Locator | None = None,
        margin: int = 0,
        size: tuple[int, int] | None = None,
    ) -> None:
        """Keep the screen, or what is around ``of``, with a numbered frame around each mark.

        ``size`` cuts the picture to a width and a height from its upper left corner.
        """
        page.wait_for_load_state("load")
        page.mouse.move(0, 0)
        left, top, right, bottom = 0.0, 0.0, *_screen(page)
        if of is not None:
            of.scroll_into_view_if_needed()
            box = of.bounding_box()
            assert box, f"{self.name}: nothing to take"
            left, top = max(box["x"] - margin, 0), max(box["y"] - margin, 0)
            right, bottom = min(box["x"] + box["width"] + margin, right), min(box["y"] + box["height"] + margin, bottom)
        if size:
            right, bottom = min(right, left + size[0]), min(bottom, top + size[1])
        found = [mark.bounding_box() for mark in marks]
        assert all(found), f"{self.name}: a mark is not on the screen"
        shot = page.screenshot(clip={"x": left, "y": top, "width": right - left, "height": bottom - top})
        image = Image.open(BytesIO(shot)).convert("RGB")
        scale = image.width / (right - left)
        frames = [
            tuple(
                round(edge * scale)
                for edge in (
                    box["x"] - left - EDGE,
                    box["y"] - top - EDGE,
                    box["x"] - left + box["width"] + EDGE,
                    box["y"] - top + box["height"] + EDGE,
                )
            )
            for box in found
            if box
        ]
        _mark(image, frames)
        small = image.quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(self.folder / f"{self.name}.png", optimize=True)


def _screen(page: Page) -> tuple[float, float]:
    size = page.viewport_size or DESK
    return float(size["width"]), float(size["height"])


def _mark(image: Image.Image, frames: Sequence[tuple[int, ...]]) -> None:
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=15)
    for number, frame in enumerate(frames, 1):
        left, top = max(frame[0], 2), max(frame[1], 2)
        right, bottom = min(frame[2], image.width - 3), min(frame[3], image.height - 3)
        draw.rounded_rectangle((left, top, right, bottom), radius=8, outline=MARK, width=3)
        if len(frames) > 1:
            x, y = min(max(left, 13), image.width - 14), min(max(top, 13), image.height - 14)
            draw.ellipse((x - 12, y - 12, x + 12, y + 12), fill=MARK)
            draw.text((x, y), str(number), fill="white", font=font, anchor="mm")
