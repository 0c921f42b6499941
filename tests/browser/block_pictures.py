"""Every block of the registry as the picker shows it, in light, dark and care mode, at a phone's width.

`python -m tests.browser.block_pictures FOLDER [block …]`; needs no running portal. Beside the pictures it says which
blocks scroll sideways, have targets too small to touch, tiny words, or offend axe.
"""

import mimetypes
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, sync_playwright

from deploy.launcher import browser as system_browser

WIDTH = 390
MODES = {"light": ("light", False), "dark": ("dark", False), "care": ("light", True)}
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
HOST = "http://blocks.test"
WEAR = """([mode, care]) => {
    const root = document.documentElement;
    root.setAttribute("data-mode", mode);
    root.toggleAttribute("data-care", care);
    root.setAttribute("data-js", "");
}"""
# What is too small to touch or sticks out of the screen.
FAULTS = """(touch) => {
    const found = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) found.push(`scrolls sideways: ${wide}`);
    for (const el of document.querySelectorAll("main a[href], main button, main summary, main input, main select")) {
        const box = el.getBoundingClientRect();
        const inline = getComputedStyle(el).display === "inline";
        if (box.width && !inline && Math.max(box.height, el.parentNode.getBoundingClientRect().height) < touch)
            found.push(`target ${Math.round(box.height)} px: ${el.textContent.trim().slice(0, 20)}`);
    }
    for (const el of document.querySelectorAll("main *"))
        if (el.childNodes.length && parseFloat(getComputedStyle(el).fontSize) < 12) found.push(`tiny: ${el.className}`);
    return found;
}"""
AXE_RUN = """axe.run("main", {resultTypes: ["violations"], rules: {"heading-order": {enabled: false}}})"""


def previews() -> dict[str, str]:
    """Return the page the picker shows of each block, as HTML; blocks show samples and need no database."""
    import django
    from django.test import RequestFactory

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.test")
    django.setup()
    from wagtail.admin.views.generic.preview import StreamFieldBlockPreview

    from blocks import roles
    from cms.pages.models import PortalPage

    # Every step of the portal has a page, as in a portal that is finished.
    roles.set_resolver(lambda role, request: "#")
    show = StreamFieldBlockPreview.as_view()
    pages = {}
    for name, block in PortalPage._meta.get_field("body").stream_block.child_blocks.items():
        response = show(RequestFactory().get("/", {"id": block.definition_prefix}))
        pages[name] = response.render().content.decode()
    return pages


def answer(route: Route, pages: dict[str, str]) -> None:
    """Give the browser a preview or a static file."""
    from django.contrib.staticfiles import finders

    path = urlsplit(route.request.url).path
    if path.startswith("/static/"):
        found = finders.find(path.removeprefix("/static/"))
        if found:
            kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
            route.fulfill(body=Path(found).read_bytes(), content_type=kind)
            return
    html = pages.get(path.strip("/"))
    route.fulfill(status=200 if html else 404, body=html or "", content_type="text/html; charset=utf-8")


def take(page: Page, name: str, folder: Path) -> list[str]:
    """Take one block in all modes; return what is wrong with it."""
    problems = []
    page.goto(f"{HOST}/{name}/")
    page.wait_for_load_state("networkidle")
    for mode, look in MODES.items():
        page.evaluate(WEAR, list(look))
        page.locator("main").screenshot(path=folder / f"{name}-{mode}.png")
        problems += [f"{name} ({mode}): {fault}" for fault in page.evaluate(FAULTS, 48 if mode == "care" else 44)]
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for rule in page.evaluate(AXE_RUN)["violations"]:
            if rule["impact"] in {"serious", "critical"}:
                problems.append(f"{name} ({mode}): {rule['id']} {[node['target'] for node in rule['nodes']][:3]}")
    return problems


def main() -> int:
    """Take them and say what is wrong."""
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    folder, wanted = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    pages, problems = previews(), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=system_browser.find(), args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        context = browser.new_context(viewport={"width": WIDTH, "height": 844}, device_scale_factor=2, locale="zh-CN")
        context.route("**/*", lambda route: answer(route, pages))
        page = context.new_page()
        for name in wanted or pages:
            problems += take(page, name, folder)
        browser.close()
    print("\n".join(problems) or "no problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
