"""The back arrow keeps what the patient had chosen."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.mark.req("G5.3")
def test_back_from_the_slots_leads_to_the_same_doctors(page: Page, portal: Any) -> None:
    page.goto(f"{portal.url}/departments/")
    page.locator('a[href*="department="]').first.click()
    page.locator('a[href*="date="]').filter(has_text=re.compile("余|仅")).nth(1).click()
    expect(page).to_have_url(re.compile("date="))
    expect(page.locator('a[href*="schedule="]').first).to_be_visible()
    doctors = page.url
    page.locator('a[href*="schedule="]').first.click()
    expect(page.locator('a[href*="slot="]').first).to_be_visible()

    page.get_by_role("link", name="返回").click()

    expect(page).to_have_url(doctors)


def test_back_on_a_page_opened_directly_leads_up(page: Page, portal: Any) -> None:
    page.goto(f"{portal.url}/slots/")

    page.get_by_role("link", name="返回").click()

    expect(page).to_have_url(f"{portal.url}/")
