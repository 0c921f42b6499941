"""What a browser makes of answers that are no answer to the form."""

from typing import Any

import pytest
from wagtail.models import Site

from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def opened(page: Any, live_server: Any, portal_page: PortalPage) -> None:
    page.goto(f"{live_server.url}{portal_page.get_url()}")
    page.locator("form[data-hx-post]").wait_for()


def test_a_form_whose_page_went_offline_says_so_and_keeps_what_was_typed(
    home: PortalPage, site: Site, probe: Any, live_server: Any, page: Any
) -> None:
    # Given a patient with a form before them
    confirm = make_page(home, "确认预约", [block("probe")], slug="confirm")
    opened(page, live_server, confirm)
    page.locator("form[data-hx-post] input[name=phone]").fill("13800000000")
    # When staff take the page down and the patient submits
    PortalPage.objects.filter(pk=confirm.pk).update(live=False)
    page.get_by_role("button", name="提交").click()
    # Then a sentence tells, no second page appears inside the first, and the form can be read and sent again
    page.get_by_role("alert").filter(has_text="请刷新").wait_for()
    assert page.locator("h1").count() == 1
    assert page.locator("form[data-hx-post] input[name=phone]").input_value() == "13800000000"
    assert page.get_by_role("button", name="提交").is_enabled()


def test_a_form_without_a_valid_token_says_so(
    home: PortalPage, site: Site, probe: Any, live_server: Any, page: Any
) -> None:
    confirm = make_page(home, "确认预约", [block("probe")], slug="confirm")
    opened(page, live_server, confirm)
    page.context.clear_cookies()
    page.get_by_role("button", name="提交").click()
    page.get_by_role("alert").filter(has_text="页面已过期").wait_for()
    assert page.locator("h1").count() == 1
