"""What patients see of a source that an editor bound to a page."""

import pytest
from django.core.cache import cache
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.data import formats
from blocks.data.detail import DataDetailBlock
from blocks.data.form import DataFormBlock
from blocks.data.listing import DataListBlock
from business.datasources.models import Submission
from tests.factories import DataSourceFactory, PatientFactory
from tests.flow.conftest import account, count_queries, guest, mine, stranger, text_of
from tests.pages.building import block, home, make_page

__all__ = ["account", "count_queries", "guest", "home", "mine", "stranger"]

pytestmark = [pytest.mark.django_db, pytest.mark.req("G5.5")]


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def put(home):
    """Put one block on a page of its own; return how to fetch and how to post it."""

    def make(kind, value):
        stored = block(kind, value)
        page = make_page(home, "数据", [stored])

        def fetch(client, query="", **headers):
            return client.get(f"/-/island/{page.pk}/{stored['id']}/{query}", **headers)

        fetch.action = f"/-/action/{page.pk}/{stored['id']}/send/"
        fetch.page = page
        return fetch

    return make


@pytest.fixture
def packages():
    return DataSourceFactory(target="exam-packages")


def listing(source, **changes):
    return {
        "title": "体检套餐",
        "source": source.code,
        "item_title": "name",
        "item_text": "items",
        "rows": [{"type": "item", "value": {"label": "价格", "field": "price_fen", "format": "fen"}, "id": "r1"}],
        "limit": 3,
        "empty_text": "现在没有套餐",
        "error_text": "暂时查不到，请拨打热线",
        **changes,
    }


def test_a_list_shows_the_fields_the_editor_chose_and_leads_to_the_detail(put, guest, packages, sandbox) -> None:
    link = {"kind": "url", "url": "/package/"}
    page = put("data_list", listing(packages, link=link, link_field="code", link_parameter="code"))

    answer = page(guest)

    words = text_of(answer)
    assert "入职体检套餐" in words
    assert "价格：¥280.00" in words
    assert "心脑血管套餐" not in words, "more than the limit"
    assert "/package/?code=basic" in answer.content.decode()


def test_a_detail_finds_its_entry_by_the_address(put, guest, sandbox) -> None:
    source = DataSourceFactory(
        target="exam-package",
        parameters=[{"name": "code", "origin": "query", "value": "", "required": True}],
        sample={"code": "basic", "name": "x", "price_fen": 1},
    )
    rows = [{"type": "item", "value": {"label": "价格", "field": "price_fen", "format": "fen"}, "id": "r1"}]
    page = put("data_detail", {"source": source.code, "title_field": "name", "rows": rows, "empty_text": "已下架"})

    assert "心脑血管套餐" in text_of(page(guest, "?code=heart"))
    assert "¥1,280.00" in text_of(page(guest, "?code=heart"))
    assert "已下架" in text_of(page(guest, "?code=gone"))
    assert "从上一页重新进入" in text_of(page(guest))


@pytest.mark.parametrize("fault", ["http", "garbage", "drop_before"])
def test_a_source_that_fails_leaves_a_sentence_and_a_way_out(put, guest, packages, sandbox, fault) -> None:
    sandbox.fault("his.service", fault, times=2)  # a read is tried twice
    answer = put("data_list", listing(packages))(guest)
    assert answer.status_code == 200
    assert "暂时查不到，请拨打热线" in text_of(answer)


def test_an_empty_list_and_an_answer_without_a_list_are_told_apart(put, guest, sandbox) -> None:
    beds = DataSourceFactory(
        target="bed-availability",
        items_path="wards",
        sample=None,
        parameters=[{"name": "campus", "origin": "fixed", "value": "nowhere"}],
    )
    assert "现在没有套餐" in text_of(put("data_list", listing(beds, item_title="ward"))(guest))
    beds.items_path = "elsewhere"
    beds.save()
    assert "暂时查不到" in text_of(put("data_list", listing(beds, item_title="ward"))(guest))


def test_what_a_source_says_is_text_and_never_markup(put, guest, packages, monkeypatch) -> None:
    monkeypatch.setattr(
        "business.datasources.calls.read", lambda *args: [{"name": "<script>x</script>", "items": "{{ 7 }}"}]
    )
    html = put("data_list", listing(packages))(guest).content.decode()
    assert "<script>x" not in html
    assert "{{ 7 }}" in html


def test_what_belongs_to_a_patient_is_for_the_patient_alone(put, guest, mine, stranger, account, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(
        "business.datasources.calls.read", lambda source, values: asked.append(values) or [{"name": "流感疫苗"}]
    )
    source = DataSourceFactory(parameters=[{"name": "patient_id", "origin": "patient", "required": True}], sample=None)
    own = PatientFactory(account=account, his_patient_id="P-own", is_default=True)
    other = PatientFactory(his_patient_id="P-other")
    page = put("data_list", listing(source, rows=[]))

    assert "登录" in text_of(page(guest))
    assert "先添加就诊人" in text_of(page(stranger))
    answer = page(mine, f"?patient={other.ref}&patient_id=P-other")

    assert "流感疫苗" in text_of(answer)
    assert asked == [{"patient_id": "P-own"}]
    assert "no-store" in answer["Cache-Control"]
    page(mine, f"?patient={own.ref}")
    assert len(asked) == 2, "nothing personal is kept between requests"


def test_the_number_of_queries_does_not_grow_with_the_entries(put, guest, packages, count_queries, monkeypatch) -> None:
    entries = [{"name": f"套餐{n}", "items": "", "price_fen": n} for n in range(60)]
    monkeypatch.setattr("business.datasources.calls.read", lambda *args: entries)
    few = put("data_list", listing(packages, limit=2))
    many = put("data_list", listing(packages, limit=60))
    assert count_queries(lambda: few(guest)) == count_queries(lambda: many(guest))


# --- forms -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def nursing():
    return DataSourceFactory(
        purpose="submit",
        target="home-nursing",
        parameters=[
            {"name": name, "origin": "form", "value": "", "required": True}
            for name in ("service", "wanted_on", "phone")
        ],
    )


def question(name, kind="text", **changes):
    value = {"name": name, "label": name, "kind": kind, "choices": "", "required": True, "help": "", **changes}
    return {"type": "item", "value": value, "id": name}


@pytest.fixture
def form(put, nursing):
    questions = [
        question("service", "choice", choices="换药\n更换胃管"),
        question("wanted_on", "date"),
        question("phone", "phone"),
    ]
    return put("data_form", {"title": "上门护理", "source": nursing.code, "questions": questions})


FILLED = {"service": "换药", "wanted_on": "2026-12-03", "phone": "13812345678", "request_key": "k" * 32}


def test_a_form_is_sent_once_and_the_page_says_how_far_it_is(form, mine) -> None:
    first, again = mine.post(form.action, FILLED), mine.post(form.action, FILLED)

    sent = Submission.objects.get()
    assert first["Location"] == again["Location"]
    assert first["Location"].endswith(f"?submission={sent.ref}")
    query = f"?submission={sent.ref}"
    assert "正在提交" in text_of(form(mine, query))
    Submission.objects.update(state="done", answer_no="SF00000009")
    assert "SF00000009" in text_of(form(mine, query))
    Submission.objects.update(state="refused", reason="当天已约满")
    assert "当天已约满" in text_of(form(mine, query))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"phone": "1381234"}, "11 位手机号"),
        ({"service": "洗车"}, "洗车"),
        ({"wanted_on": "昨天"}, "有效的日期"),
        ({"wanted_on": ""}, "请填写“wanted_on”"),
    ],
)
def test_each_mistake_stands_at_its_question_and_the_rest_is_kept(form, mine, wrong, sentence) -> None:
    answer = mine.post(form.action, {**FILLED, **wrong}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert 'value="13812345678"' in answer.content.decode() or "phone" in wrong
    assert not Submission.objects.exists()


def test_a_guest_signs_in_first_and_a_stranger_reads_nothing(form, mine, guest, stranger) -> None:
    assert "signin" in guest.post(form.action, FILLED)["Location"]
    mine.post(form.action, FILLED)
    query = f"?submission={Submission.objects.get().ref}"
    assert "没有找到这次提交" in text_of(form(stranger, query))


# --- the editor's side -----------------------------------------------------------------------------------------------


def cleaned(block_class, value):
    made = block_class()
    made.set_name("b")
    return made.clean(made.to_python(value))


def test_a_field_that_the_sample_does_not_have_is_refused_at_its_place(packages) -> None:
    with pytest.raises(StructBlockValidationError) as refused:
        cleaned(DataListBlock, listing(packages, item_title="nonsense", item_text=""))
    assert set(refused.value.block_errors) == {"item_title"}
    rows = [{"type": "item", "value": {"label": "x", "field": "0.nonsense", "format": "text"}, "id": "r"}]
    with pytest.raises(StructBlockValidationError) as refused:
        cleaned(DataDetailBlock, {"source": packages.code, "rows": rows, "empty_text": "无", "error_text": "无"})
    assert set(refused.value.block_errors) == {"rows"}


def test_a_question_must_be_one_of_the_sources_parameters_and_a_choice_needs_options(nursing) -> None:
    for wrong in (question("unknown"), question("service", "choice", choices="只有一个")):
        with pytest.raises(StructBlockValidationError) as refused:
            cleaned(
                DataFormBlock,
                {"source": nursing.code, "questions": [wrong], "button_text": "提交", "done_text": "好"},
            )
        assert set(refused.value.block_errors) == {"questions"}


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (28000, "fen", "¥280.00"),
        ("12.5", "yuan", "¥12.50"),
        ("2026-12-03", "date", "2026年12月3日"),
        ("2026-12-03T09:05:00+08:00", "time", "2026年12月3日 09:05"),
        ("张伟国", "name", "**国"),
        ("42010219860512013X", "id", "4201**********013X"),
        ("13812345678", "phone_masked", "138****5678"),
        (1234567, "number", "1,234,567"),
        (True, "text", "是"),
        (["甲", "乙"], "text", "甲、乙"),
        (None, "fen", ""),
        ("不是数字", "fen", "不是数字"),
        ("NaN", "number", "NaN"),
        ({"a": 1}, "text", ""),
    ],
)
def test_formats(value, code, text) -> None:
    assert formats.shown(value, code) == text
