"""The filters speak as people do: money, dates, times."""

import datetime as dt

import pytest
from django.utils import timezone

from themes.templatetags import portal_tags as tags


@pytest.mark.parametrize(
    ("fen", "long", "short"),
    [
        (5000, "¥50.00", "¥50"),
        (1, "¥0.01", "¥0.01"),
        (123456789, "¥1,234,567.89", "¥1,234,567.89"),
        (-250, "-¥2.50", "-¥2.50"),
        (0, "¥0.00", "¥0"),
        (None, "", ""),
    ],
)
def test_money(fen, long, short):
    # Given an amount in fen, when it is shown, then yuan with two decimals, or without empty ones in lists
    assert tags.yuan(fen) == long
    assert tags.yuan_short(fen) == short


def test_dates(time_machine):
    # Given a Sunday, when days around it are named
    time_machine.move_to(dt.datetime(2026, 11, 22, 23, 30, tzinfo=timezone.get_default_timezone()))
    today = dt.date(2026, 11, 22)
    # Then near ones by their word, others by date and weekday, other years with the year
    assert tags.near_date(today) == "今天"
    assert tags.near_date(today + dt.timedelta(days=1)) == "明天"
    assert tags.near_date("2026-11-25") == "11月25日 周三"
    assert tags.cn_date(dt.date(2027, 1, 4)) == "2027年1月4日 周一"
    # An aware moment counts in the hospital's time zone: 17:00 UTC is already the next day there.
    assert tags.cn_date(dt.datetime(2026, 11, 22, 17, 0, tzinfo=dt.UTC)) == "11月23日 周一"


def test_times():
    # Given times as objects or text, when a span is shown, then hours and minutes with an en dash
    assert tags.time_range(dt.time(16, 30), "17:00:00") == "16:30–17:00"
    assert tags.time_range("08:00") == "08:00"
    assert tags.clock(dt.datetime(2026, 11, 22, 1, 5, tzinfo=dt.UTC)) == "09:05"


def test_icon_outlives_its_set():
    # Given an icon that is no longer in the set, when a page still names it, then a neutral one stands there
    assert "actions.svg#grid" in tags.icon("was-removed")
    assert "medical/stomach.svg#stomach" in tags.icon("stomach")
    assert 'aria-label="注意"' in tags.icon("alert", label="注意")
    assert "<b>" not in tags.icon("alert", label="<b>")
