"""From a department to the publicity office and back, and two people on one page."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import Staff
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser


@pytest.fixture
def second_desk(browser: Browser, browser_context_args: dict[str, Any]) -> Any:
    """Give a second person's screen."""
    context = browser.new_context(**{**browser_context_args, "viewport": {"width": 1280, "height": 900}})
    yield context.new_page()
    context.close()


def row_of(staff: Staff, panel: str, title: str) -> Locator:
    """A row of a panel on the first page of the desk."""
    staff.opens("")
    region = staff.page.get_by_role("region", name=re.compile(f"^{panel}"))
    return region.get_by_role("listitem").filter(has_text=title)


def words_of(staff: Staff) -> Locator:
    """The words of the one notice on the page."""
    region = staff.page.get_by_role("region", name="通知栏").first
    staff.unfolds(region)
    return region.get_by_role("textbox", name=re.compile("^内容"))


def begins_article(staff: Staff, title: str, words: str) -> None:
    """Begin an article with a notice."""
    staff.opens("articles/new/")
    staff.page.get_by_role("textbox", name=re.compile("^标题")).first.fill(title)
    staff.page.get_by_role("combobox", name=re.compile("^分类")).select_option(label="健康科普")
    staff.inserts_block("通知栏")
    words_of(staff).fill(words)


@pytest.mark.req("46.16")
def test_a_department_submits_the_office_returns_it_and_patients_see_what_was_mended(
    desk_page: Page, second_desk: Page, page: Page, portal: RunningPortal
) -> None:
    mark = secrets.token_hex(3)
    title = f"胃镜前怎么准备 {mark}"
    secretary, officer = Staff(desk_page, portal, "secretary"), Staff(second_desk, portal, "editor")
    # Given an article that a department's secretary submits
    secretary.signs_in()
    begins_article(secretary, title, "检查前禁食")
    expect(secretary.page.get_by_role("button", name="发布", exact=True)).to_have_count(0)
    secretary.page.get_by_role("button", name="送审", exact=True).click()
    expect(row_of(secretary, "我送审的内容", title)).to_contain_text("等待审核")
    # When the office returns it with a word
    officer.signs_in()
    row_of(officer, "等您审核", title).get_by_role("link", name=re.compile("^审核")).click()
    shown = officer.page.frame_locator("iframe[title=通过后看到的]")
    expect(shown.get_by_text("检查前禁食")).to_be_visible()
    officer.page.get_by_label("给作者的话").fill("请写明禁食几小时")
    officer.page.get_by_role("button", name="退回修改").click()
    expect(officer.page.get_by_role("status").filter(has_text=f"已退回「{title}」")).to_be_visible()
    # Then the author reads it, mends the article and submits it again
    returned = row_of(secretary, "我送审的内容", title)
    expect(returned).to_contain_text("请写明禁食几小时")
    returned.get_by_role("link", name="去修改").click()
    expect(secretary.page.get_by_text("请写明禁食几小时").first).to_be_visible()
    words_of(secretary).fill("检查前禁食 8 小时")
    secretary.page.get_by_role("button", name="再次送审", exact=True).click()
    expect(row_of(secretary, "我送审的内容", title)).to_contain_text("等待审核")
    # And when it is approved, patients see it
    row_of(officer, "等您审核", title).get_by_role("link", name=re.compile("^审核")).click()
    officer.page.get_by_role("button", name="通过并发布").click()
    expect(officer.page.get_by_role("status").filter(has_text=f"已通过并发布「{title}」")).to_be_visible()
    page.goto(f"{portal.url}/articles/?q={mark}")
    page.get_by_role("link", name=title).click()
    expect(page.get_by_text("检查前禁食 8 小时")).to_be_visible()


@pytest.mark.req("46.10")
def test_two_people_on_one_page_see_each_other_and_lose_nothing(
    desk_page: Page, second_desk: Page, portal: RunningPortal
) -> None:
    title = f"两人同写 {secrets.token_hex(3)}"
    first, second = Staff(desk_page, portal, "editor"), Staff(second_desk, portal, "admin")
    # Given two people who have the same page open
    first.signs_in()
    begins_article(first, title, "最早的文字")
    first.publishes()
    first.is_told_of_publishing(title)
    first.edits_page(title)
    second.signs_in()
    second.page.goto(first.page.url)
    expect(words_of(second)).to_have_value("最早的文字")
    # When the first writes on, it is saved by itself
    saved = first.page.expect_response(lambda answer: answer.request.method == "POST" and "/edit/" in answer.url)
    with saved:
        words_of(first).fill("甲的文字")
    # Then the second is told who saved, and what the second types stays in the form
    words_of(second).fill("乙的文字")
    told = second.page.get_by_text("别人刚刚保存了新版本，您的修改还没有保存", exact=False)
    expect(told.first).to_be_visible()
    expect(words_of(second)).to_have_value("乙的文字")
    # And nothing of the first's is gone
    first.page.reload()
    expect(words_of(first)).to_have_value("甲的文字")
