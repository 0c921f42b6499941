"""Care mode measured in the browser, over the demonstration's pages: text, lines, targets, no advertising."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import Patient

pytestmark = pytest.mark.browser

LEAST_PX, LEAST_LINE, LEAST_TARGET = 18, 1.5, 48
PAGES = 30
# Every element with words of its own, every target; returns sentences. Exempt (WCAG 2.5.8): links inside a sentence,
# and a room of a drawing that the list below it leads to as well.
MEASURE = """([text, line, target]) => {
  const found = [], seen = (el) => el.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})
    && el.getBoundingClientRect().width > 1 && !el.closest(".ph-sr, .ph-skip, [hidden]");
  const name = (el) => `<${el.tagName.toLowerCase()} class="${el.className.baseVal ?? el.className}">`
    + ` ${(el.innerText || el.value || el.getAttribute("aria-label") || "").trim().slice(0, 16)}`;
  for (const el of document.body.querySelectorAll("*")) {
    if (el.closest("svg, script, style, noscript") || !seen(el)) continue;
    const own = [...el.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(el), size = parseFloat(style.fontSize);
    if (own && size < text) found.push(`text ${size}px: ${name(el)}`);
    const tight = !(parseFloat(style.lineHeight) / size >= line - .01);
    if (own && tight) found.push(`line ${style.lineHeight} of ${size}px: ${name(el)}`);
  }
  const spoken = [...document.querySelectorAll("a[href]")].filter((el) => !el.closest("[aria-hidden=true]"));
  const said = new Set(spoken.map((el) => el.getAttribute("href")));
  for (const el of document.querySelectorAll("a[href], button, select, textarea, summary, input:not([type=hidden])")) {
    if (!seen(el) || (el.tagName === "A" && getComputedStyle(el).display === "inline")) continue;
    if (el.closest("[aria-hidden=true]") && said.has(el.getAttribute("href"))) continue;
    const wide = el.matches("[type=radio], [type=checkbox], [type=search]") ? el.closest("label") || el : el;
    const box = wide.getBoundingClientRect(), small = Math.min(box.height, box.width) < target - .5;
    if (small) found.push(`target ${Math.round(box.width)}×${Math.round(box.height)}: ${name(el)}`);
  }
  const adverts = [...document.querySelectorAll(".is-advertising")].filter(seen);
  found.push(...adverts.map((el) => `advertising: ${name(el)}`));
  return [...new Set(found)];
}"""
LINKS = """() => [...document.querySelectorAll("a[href]")].map((a) => new URL(a.href, location))
  .filter((url) => url.origin === location.origin && !url.pathname.startsWith("/-/"))
  .map((url) => url.pathname + url.search)"""


def settle(page: Page) -> None:
    """Wait until every part of the page is there."""
    expect(page.locator("main")).to_be_visible()
    expect(page.locator("[data-island][aria-busy=true]")).to_have_count(0)


@pytest.mark.req("G1.4")
@pytest.mark.timeout(180)
def test_care_mode_keeps_its_promise_on_every_page(patient: Patient, another: Any) -> None:
    # Given the first screen, where care mode can be switched on
    patient.opens()
    switch = patient.page.get_by_role("banner").get_by_role("button", name="关怀版")
    expect(switch).to_be_in_viewport()
    switch.click()
    expect(patient.page.locator("html")).to_have_attribute("data-care", "")
    # When a visitor walks through the portal, it stays on
    problems: list[str] = []
    way, known, kinds = ["/"], {"/"}, set()
    while way and len(kinds) < PAGES:
        address = way.pop(0)
        patient.page.goto(patient.portal.url + address)
        settle(patient.page)
        expect(patient.page.locator("html")).to_have_attribute("data-care", "")
        kinds.add(address.split("?")[0])
        found = patient.page.evaluate(MEASURE, [LEAST_PX, LEAST_LINE, LEAST_TARGET])
        problems += [f"{address} {problem}" for problem in found]
        for link in patient.page.evaluate(LINKS):
            # One address of each page is enough: its other days and doctors look the same.
            path = link.split("?")[0]
            if path not in known and not path.startswith(("/staff/", "/documents/", "/media/")):
                known.add(path)
                way.append(link)
    # Then everything measured is large enough
    assert len(kinds) >= 12
    assert not problems, f"{len(problems)}:\n" + "\n".join(sorted(set(problems))[:80])
