"""Finding the way in the hospital, and keeping the places: search, zoom, draw, drag."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import Staff
from tests.browser.steps import Patient
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser
SCALE = "element => new DOMMatrix(getComputedStyle(element).transform).a"


@pytest.fixture
def staff(desk_page: Any, portal: RunningPortal) -> Staff:
    """Give an editor who has signed in."""
    editor = Staff(desk_page, portal, "editor")
    editor.signs_in()
    return editor


@pytest.fixture
def building(staff: Staff) -> Iterator[str]:
    """Give the name of a new building with two floors, the first with an empty plan; it is gone afterwards."""
    name = f"科教楼{secrets.token_hex(2)}"
    page = staff.page
    staff.opens("desk/places/")
    page.get_by_role("link", name="加楼宇").first.click()
    page.get_by_role("textbox", name=re.compile("^名称")).fill(name)
    creates(page)
    for code, floor in (("1F", "接诊层"), ("2F", "病房层")):
        staff.opens("desk/places/")
        page.get_by_role("link", name=f"加楼层 {name}").click()
        page.get_by_role("textbox", name=re.compile("^名称")).fill(floor)
        page.get_by_role("textbox", name=re.compile("^楼层标识")).fill(code)
        page.get_by_label("没有图纸，用空白底图").check()
        creates(page)
    yield name
    staff.opens("desk/places/")
    page.get_by_role("link", name=f"删除 {name}").click()
    page.get_by_role("button", name="确认删除").click()
    expect(row(page, name)).to_have_count(0)


def creates(page: Page) -> None:
    """Send the form of a new place."""
    page.get_by_role("button", name="创建").click()
    expect(page.get_by_role("status").filter(has_text="创建")).to_be_visible()


def row(page: Page, name: str) -> Locator:
    """The building or floor with its row in the tree."""
    return page.locator(".pl-item").filter(has=page.get_by_role("link", name=name, exact=True))


@pytest.mark.req("30.1")
def test_a_patient_finds_a_department_and_looks_closer(patient: Patient) -> None:
    page = patient.page
    patient.opens("/floor-map/")
    patient.is_at("楼层导航")
    # When somebody looks for a department by its initials
    page.get_by_role("searchbox").press_sequentially("xhnk")
    patient.link(re.compile("^消化内科 主院区")).click()
    # Then building, floor, room and the way are told in words, and the room is marked
    place = patient.main.get_by_role("region", name="位置")
    expect(place).to_contain_text("门诊楼 3F A 区 消化内科")
    expect(place).to_contain_text("乘电梯到 3 层")
    expect(place.get_by_role("link", name="预约挂号")).to_be_visible()
    expect(page.locator(".fm-room.is-here")).to_have_count(1)
    expect(page.locator(".fm-pin")).to_have_count(1)
    # And the plan grows by button and by two fingers, moves with one, and shrinks again
    stage, frame = page.locator("[data-plan-stage]"), page.locator("[data-plan-view]")
    page.get_by_role("button", name="放大").click()
    assert stage.evaluate(SCALE) > 1
    expect(page.locator(".fm-room.is-here")).to_be_in_viewport()
    page.get_by_role("button", name="看全图").click()
    assert stage.evaluate(SCALE) == 1
    frame.evaluate("element => element.scrollIntoView({block: 'center'})")
    pinches(page, frame)
    assert stage.evaluate(SCALE) > 2
    # The page itself has not grown, and no room was followed.
    assert page.evaluate("visualViewport.scale") == 1
    expect(place).to_contain_text("消化内科")


def pinches(page: Page, frame: Locator) -> None:
    """Put two fingers on the plan and draw them apart."""
    box = frame.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, *fingers: float) -> None:
        points = [{"x": x + off, "y": y, "id": number} for number, off in enumerate(fingers)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -20, 20)
    for off in range(25, 85, 10):
        touch("touchMove", -off, off)
    touch("touchEnd")


@pytest.mark.req("30.1")
def test_the_buttons_of_a_map_are_large_and_reachable_in_care_mode(patient: Patient) -> None:
    page = patient.page
    patient.opens("/floor-map/")
    page.get_by_role("banner").get_by_role("button", name="关怀版").click()
    patient.is_at("楼层导航")
    for name in ("放大", "缩小", "看全图"):
        assert_large(page.get_by_role("button", name=name))
    page.get_by_role("button", name="放大").focus()
    page.keyboard.press("Enter")
    assert page.locator("[data-plan-stage]").evaluate(SCALE) > 1

    patient.opens("/route/")
    ways = patient.main.get_by_role("link", name=re.compile("^百度地图导航"))
    expect(ways.first).to_have_attribute("href", re.compile("^https://api.map.baidu.com/"))
    for index in range(ways.count()):
        assert_large(ways.nth(index))


def assert_large(target: Locator) -> None:
    """Expect a target of at least 48 px that nothing covers."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 48
    target.click(trial=True)


@pytest.mark.req("30.1")
def test_staff_draw_a_room_with_the_mouse_and_patients_find_the_department_there(
    staff: Staff, building: str, patient: Patient
) -> None:
    page = staff.page
    room = f"科普门诊{secrets.token_hex(2)}"
    staff.opens("desk/places/")
    row(page, building).get_by_role("link", name="画房间").first.click()
    # When a rectangle is drawn, taken back and drawn again, named, and tied to a department
    paper = page.locator("[data-paper]")
    shapes = page.locator("[data-shapes] polygon")
    page.get_by_role("button", name="画矩形").click()
    drags(page, paper, (0.1, 0.1), (0.4, 0.5))
    expect(shapes).to_have_count(1)
    page.get_by_role("button", name="撤销").click()
    expect(shapes).to_have_count(0)
    page.get_by_role("button", name="画矩形").click()
    drags(page, paper, (0.2, 0.2), (0.6, 0.6))
    page.get_by_role("textbox", name="名称", exact=True).fill(room)
    page.get_by_role("textbox", name="房间号或分区").fill("108")
    page.get_by_role("listbox", name=re.compile("^科室")).select_option(label=re.compile("风湿免疫科").pattern)
    page.get_by_role("textbox", name="怎么走").fill("进科教楼右手第一间")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="已保存，患者现在就能看到")).to_be_visible()
    page.reload()
    expect(shapes).to_have_count(1)
    # Then patients find it at once, in words and on the plan
    patient.opens(f"/floor-map/?q={room}")
    patient.link(re.compile(room)).first.click()
    place = patient.main.get_by_role("region", name="位置")
    expect(place).to_contain_text(building)
    expect(place).to_contain_text("进科教楼右手第一间")
    expect(patient.page.locator(".fm-room.is-here")).to_have_count(1)


def drags(page: Page, paper: Locator, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw from one point of the paper to another, both as parts of its size."""
    box = paper.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * begin[0], box["y"] + box["height"] * begin[1])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=6)
    page.mouse.up()


@pytest.mark.req("30.1")
def test_floors_are_put_in_order_by_dragging(staff: Staff, building: str) -> None:
    page = staff.page
    staff.opens("desk/places/")
    floors = row(page, building).locator(".pl-item--floor > .pl-row")
    expect(floors.locator(".pl-name")).to_have_text(["1F 接诊层", "2F 病房层"])

    floors.nth(1).locator(".pl-handle").drag_to(floors.nth(0), target_position={"x": 120, "y": 4})

    expect(floors.locator(".pl-name")).to_have_text(["2F 病房层", "1F 接诊层"])
    expect(page.get_by_role("status").filter(has_text="已移动")).to_have_count(1)
    page.reload()
    expect(floors.locator(".pl-name")).to_have_text(["2F 病房层", "1F 接诊层"])
