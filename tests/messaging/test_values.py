"""Whatever a hospital's names are, what is sent keeps WeChat's rules (checked by the sandbox's own rules)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from business.messaging import values
from sandbox.wechat.templates import RULES, check_value

KEYWORDS = [f"{kind}1" for kind in RULES]


@given(st.sampled_from(KEYWORDS), st.text(max_size=80))
def test_a_fitted_value_always_passes_and_what_cannot_fit_is_said(keyword: str, text: str) -> None:
    try:
        fitted = values.fit(keyword, text)
    except values.ValueBreaksRule as problem:
        assert keyword in str(problem)
        return
    assert check_value(keyword, fitted) == ""


@pytest.mark.req("14.1")
@pytest.mark.parametrize(
    ("keyword", "text", "sent"),
    [
        ("thing2", "消化内科", "消化内科"),
        ("thing2", "门诊楼 3 层东区消化内镜中心第 305 诊室候诊区", "门诊楼 3 层东区消化内镜中心第 30…"),
        ("thing2", "", "—"),
        ("name1", "林晓雯", "林晓雯"),
        ("name1", "阿卜杜热合曼·买买提吐尔逊江", "阿卜杜热合曼·买买提"),
        ("name1", "Christopher Alexander Smith", "Christopher Alexande"),
        ("name1", "专家门诊2", "专家门诊"),
        ("amount3", "¥50.00", "¥50.00"),
        ("time4", "2026-11-23 16:30", "2026-11-23 16:30"),
        ("number5", "7号", "7"),
        ("character_string5", "GH20261130000001", "GH20261130000001"),
        ("phrase2", "预约成功啦啦", "预约成功啦"),
    ],
)
def test_values_are_shortened_sensibly(keyword: str, text: str, sent: str) -> None:
    assert values.fit(keyword, text) == sent


@pytest.mark.parametrize(("keyword", "text"), [("amount1", "五十元"), ("time1", "明天上午"), ("number1", "无")])
def test_what_cannot_be_made_to_fit_is_refused_with_a_sentence(keyword: str, text: str) -> None:
    with pytest.raises(values.ValueBreaksRule, match="请检查模板的字段对应"):
        values.fit(keyword, text)
