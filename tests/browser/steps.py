"""What a patient does on the portal, in the patient's words; tests say when, this says how."""

import re

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser.outside import PATIENCE_SECONDS, Outside, Person
from tests.portal import RunningPortal

MONEY = re.compile(r"¥\d+\.\d\d")
SLOT = re.compile(r"【\d+号】")
# The machines that run this are slow and busy; a wait ends as soon as what is waited for is there.
SECONDS = 25
expect.set_options(timeout=SECONDS * 1000)


class Patient:
    """A phone in the hands of one person."""

    def __init__(self, page: Page, portal: RunningPortal, outside: Outside, person: Person) -> None:
        self.page, self.portal, self.outside, self.person = page, portal, outside, person
        page.set_default_timeout(SECONDS * 1000)
        self.refusals: list[str] = []
        page.on("console", self._listens)
        page.on("pageerror", lambda error: self.refusals.append(str(error)))

    def _listens(self, message: ConsoleMessage) -> None:
        """Remember what the browser refused to do on a page of the portal, however well the page then worked."""
        if "Content Security Policy" in message.text and self.page.url.startswith(self.portal.url):
            self.refusals.append(f"{self.page.url}: {message.text}")

    @property
    def main(self) -> Locator:
        """The page's own part, without title and tab bar."""
        return self.page.locator("#main")

    def link(self, name: str | re.Pattern[str]) -> Locator:
        """A link of the page's own part."""
        return self.main.get_by_role("link", name=name)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button of the page's own part."""
        return self.main.get_by_role("button", name=name)

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Expect words on the page, after it has said everything it has to say."""
        expect(self.main.get_by_text(text).first).to_be_visible()

    def is_at(self, title: str) -> None:
        """Expect to be on the page with this title, its islands filled."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        expect(self.page.locator("[data-island][aria-busy=true]")).to_have_count(0)

    # --- moving about --------------------------------------------------------------------------------------------

    def opens(self, path: str = "/") -> None:
        """Open a page of the portal by its address."""
        self.page.goto(self.portal.url + path)

    def goes_to(self, tab: str) -> None:
        """Touch a tab of the tab bar."""
        self.page.get_by_role("navigation", name="主导航").get_by_role("link", name=tab).click()

    def chooses_department(self, name: str) -> None:
        """Go from the home page to the doctors of a department."""
        self.opens()
        self.main.get_by_role("navigation", name="服务").get_by_role("link", name="预约挂号").click()
        self.is_at("选择科室")
        self.main.get_by_role("region", name="科室列表").get_by_role("link", name=re.compile(f"^{name}")).first.click()
        self.is_at("选择医生")

    def chooses_doctor(self, day: int = 1) -> None:
        """Take the first doctor of a day with free numbers, tomorrow at the earliest."""
        # Today's visits may be too close for what a test does next; two days are left out where the first is today.
        days = self.main.get_by_role("navigation", name="选择就诊日期").get_by_role("link", name=re.compile("余|仅"))
        chosen = days.nth(day)
        date = re.search(r"date=[\d-]+", str(chosen.get_attribute("href")))
        assert date
        chosen.click()
        expect(self.page).to_have_url(re.compile(date[0]))
        expect(self.main.locator(f"[aria-current=date][href*='{date[0]}']")).to_be_visible()
        self.is_at("选择医生")
        self.link(re.compile("^(选择时段|预约) ")).first.click()
        self.is_at("选择时段")

    def chooses_slot(self) -> str:
        """Take the first free slot; return what it says, as in 08:00-08:30【1号】."""
        slot = self.link(SLOT).first
        words = re.sub(r"\s", "", slot.inner_text())
        slot.click()
        self.is_at("确认预约")
        self.sees(words)
        return words

    def comes_to_confirmation(self, department: str, day: int = 1) -> str:
        """Browse from the home page to the confirmation of a free slot; return what the slot says."""
        self.chooses_department(department)
        self.chooses_doctor(day)
        return self.chooses_slot()

    # --- who ---------------------------------------------------------------------------------------------------

    def signs_in(self) -> None:
        """Choose oneself at the sandbox's WeChat, after the portal has led there."""
        expect(self.page.get_by_text("正在以微信身份进入")).to_be_visible()
        # The page offers the four people of the demonstration; a test's own user is asked for by name.
        self.page.goto(f"{self.page.url.partition('#')[0]}&auto={self.person.user}")

    def fills_in(self, *, name: str, id_number: str, phone: str, relation: str, consent: bool) -> None:
        """Fill in the form of a new patient and send it."""
        self.main.get_by_label("姓名", exact=True).fill(name)
        self.main.get_by_label("身份证号").fill(id_number)
        self.main.get_by_label("手机号", exact=True).fill(phone)
        self.main.get_by_label("与您的关系").select_option(label=relation)
        box = self.main.get_by_role("checkbox", name=re.compile("同意"))
        box.set_checked(consent)
        self.button("添加就诊人").click()

    def gets_code(self, phone: str) -> None:
        """Have a code sent to the number in the form, read it on the phone, type it."""
        self.main.get_by_label("手机号", exact=True).fill(phone)
        self.button("获取验证码").click()
        expect(self.main.get_by_text("验证码已发送到")).to_be_visible()
        self.main.get_by_label("短信验证码").fill(self.outside.ask(f"sms?phone={phone}")[0]["params"][0])

    def adds_oneself(self) -> None:
        """Fill in one's own data without a mistake, with the code that comes by text message."""
        person = self.person
        self.gets_code(person.phone)
        self.fills_in(name=person.name, id_number=person.id_number, phone=person.phone, relation="本人", consent=True)

    def signs_in_and_adds_oneself(self) -> None:
        """From a guest's confirmation to the same confirmation with the patient chosen."""
        self.link("登录后预约").click()
        self.signs_in()
        self.is_at("确认预约")
        self.link("添加就诊人").last.click()
        self.is_at("添加就诊人")
        self.adds_oneself()
        self.is_at("确认预约")
        expect(self.main.get_by_role("radio", name=re.compile(self.person.name))).to_be_checked()

    # --- booking and paying -------------------------------------------------------------------------------------

    def submits(self) -> None:
        """Send the booking off; it is kept now and waits for money."""
        self.button(re.compile("^提交预约")).click()
        self.is_at("支付")

    def holds(self, department: str, day: int = 1) -> str:
        """Do everything up to the checkout, as a new visitor; return what the slot says."""
        slot = self.comes_to_confirmation(department, day)
        self.signs_in_and_adds_oneself()
        self.submits()
        return slot

    def goes_to_cashier(self) -> None:
        """Open WeChat's cashier from the checkout."""
        self.button(re.compile("^微信支付")).click()
        expect(self.page.get_by_role("button", name="确认支付")).to_be_visible()

    def pays(self) -> None:
        """Pay at the cashier and come back to the result."""
        self.goes_to_cashier()
        self.page.get_by_role("button", name="确认支付").click()
        self.is_at("预约结果")

    def ends_with(self, heading: str | re.Pattern[str]) -> None:
        """Expect the result page to come to this end by itself."""
        expect(self.main.get_by_role("heading", name=heading)).to_be_visible(timeout=PATIENCE_SECONDS * 1000)

    def opens_bookings(self, tab: str) -> Locator:
        """Open 我的预约 at a tab; return its bookings."""
        self.opens("/bookings/")
        self.is_at("我的预约")
        self.main.get_by_role("navigation", name="预约状态").get_by_role("link", name=tab).click()
        expect(self.main.locator("[aria-current=true]")).to_have_text(tab)
        return self.main.get_by_role("article")

    def is_told_of_success(self) -> None:
        """Expect the booked result with its code."""
        self.ends_with(re.compile("^预约成功"))
        expect(self.main.get_by_role("img", name="就诊二维码")).to_be_visible()
