"""The help centre as patients read it: categories, the most read first, search, the answer's page."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blocks import search
from cms.help import finding, reads
from cms.help.models import HelpCategory, HelpPage
from tests.pages.building import block, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("30.1")]
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Mobile MicroMessenger/8.0.49"


def get(client: Client, url: str, **params: Any) -> str:
    answer = client.get(url, params)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_centre_shows_categories_in_staffs_order_and_the_most_read_first(
    client: Client, centre: Any, make_answer: Any, money: HelpCategory
):
    few, many = make_answer("怎么退号"), make_answer("怎么缴费", category=money)
    HelpCategory.objects.filter(pk=money.pk).update(order=0)
    HelpCategory.objects.create(name="还没有回答")
    reads.ANSWERS.add({few.pk: 3, many.pk: 12034})
    html = get(client, centre.url)
    assert html.index("?category=jiaofei") < html.index("?category=guahaoyutuihao")
    assert html.index(many.title) < html.index(few.title)
    assert "阅读 1.2万" in html
    assert "还没有回答" not in html


@pytest.mark.three_databases
def test_a_category_lists_its_own_answers_the_most_read_first(
    client: Client, centre: Any, make_answer: Any, booking: HelpCategory, money: HelpCategory
):
    unread, few, many = make_answer("零次"), make_answer("三次"), make_answer("九次")
    make_answer("怎么缴费", category=money)
    reads.ANSWERS.add({few.pk: 3, many.pk: 9})
    html = get(client, centre.url, category=booking.slug)
    assert html.index(many.title) < html.index(few.title) < html.index(unread.title)
    assert "怎么缴费" not in html
    assert 'aria-current="true"' in html
    assert "怎么缴费" in get(client, centre.url, category="no-such")


def test_a_category_switched_off_takes_its_answers_out_of_lists_and_search(
    client: Client, centre: Any, make_answer: Any, booking: HelpCategory
):
    make_answer("怎么退号")
    assert "怎么退号" in get(client, centre.url)
    booking.is_active = False
    booking.save()
    assert "怎么退号" not in get(client, centre.url)
    assert "没有找到" in get(client, centre.url, q="退号")


@pytest.mark.three_databases
@pytest.mark.parametrize("typed", ["退号", "60 分钟", "zmth", "ZMTH", "取消预约", "我想退号怎么办呢", "步骤里的话"])
def test_an_answer_is_found_by_words_initials_other_wordings_and_a_sentence(
    client: Client, centre: Any, make_answer: Any, typed: str
):
    page = make_answer("怎么退号", keywords="取消预约 不去了")
    page.body = [
        block("rich_text", {"title": "", "text": "<p>就诊前 60 分钟都能退。</p>"}),
        block("steps", {"title": "", "items": [{"title": "步骤里的话"}, {"title": "二"}]}),
    ]
    page.save()
    make_answer("病历怎么复印，怎么办理", text="<p>带身份证到病案室。</p>")
    html = get(client, centre.url, q=typed)
    assert "怎么退号" in html
    assert "病历怎么复印" not in html


@pytest.mark.three_databases
@pytest.mark.parametrize("typed", ["%", "_", "%号", "\\", "<b>%_没有", "' OR 1=1 --"])
def test_signs_of_the_database_find_nothing(client: Client, centre: Any, make_answer: Any, typed: str):
    make_answer("怎么退号")
    html = get(client, centre.url, q=typed)
    assert "怎么退号" not in html
    assert "没有找到" in html
    assert "<b>%" not in html


def test_what_staff_chose_in_blocks_is_not_found(make_answer: Any, rf: Any):
    page = make_answer()
    page.body = [block("callout", {"tone": "danger", "title": "", "text": "<p>甲<b>丙</b></p><p>乙</p>"})]
    page.save()
    assert "紧急" not in page.search_text
    assert page.summary == "甲丙 乙"


def test_the_portals_search_asks_the_help_centre(make_answer: Any, rf: Any):
    page = make_answer("怎么退号")
    assert "help" in [provider.code for provider in search.providers()]
    hits = finding.find_answers("退号", rf.get("/"), 8)
    assert [(hit.title, hit.url) for hit in hits] == [("怎么退号", page.url)]


def test_drafts_are_nowhere(client: Client, centre: Any, make_answer: Any):
    make_answer("怎么退号").unpublish()
    assert "这里还没有问题和回答" in get(client, centre.url)
    assert "没有找到" in get(client, centre.url, q="退号")


@pytest.mark.parametrize("params", [{}, {"category": "guahaoyutuihao"}, {"q": "退号"}, {"q": "我要退号怎么弄呀"}])
def test_the_centre_asks_the_same_however_many_answers(
    client: Client, centre: Any, make_answer: Any, uncached: None, params: dict[str, str]
):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert "怎么退号" in get(client, centre.url, **params)
        return len(queries)

    make_answer("怎么退号")
    asked()
    few = asked()
    for _ in range(7):
        make_answer("怎么退号")
    asked()  # what all pages remember is read anew after a publication
    assert asked() == few


def test_a_list_of_questions_stands_on_other_pages(client: Client, home: Any, centre: Any, make_answer: Any):
    page = make_page(home, "预约", [block("help_list", {"title": "常见问题", "category": "guahaoyutuihao", "most": 4})])
    assert "常见问题" not in get(client, page.url)
    make_answer("怎么退号")
    html = get(client, page.url)
    assert "常见问题" in html and "怎么退号" in html
    assert f"{centre.url}?category=guahaoyutuihao" in html


def test_an_answer_shows_its_text_others_of_the_category_and_the_question_whether_it_helped(
    client: Client, make_answer: Any, money: HelpCategory, centre: Any
):
    page, same, other = make_answer(), make_answer("能给家人挂号吗"), make_answer("怎么缴费", category=money)
    html = get(client, page.url)
    assert html.count("<h1") == 1
    for words in ("怎么退号", "60 分钟", "同类问题", same.title, f"/-/help/{page.pk}/vote/", centre.url):
        assert words in html
    assert other.title not in html
    assert "style=" not in html and "csrfmiddlewaretoken" not in html


def test_reading_counts_without_a_write_and_only_live_answers(client: Client, make_answer: Any, counter: Any):
    page = make_answer()
    url = f"/-/help/{page.pk}/read/?visit=a"
    with CaptureQueriesContext(connection) as asked:
        assert client.post(url, headers={"user-agent": PHONE}).json() == {"reads": "1"}
    assert [q["sql"] for q in asked if not q["sql"].lstrip().upper().startswith("SELECT")] == []
    assert counter.flush() == 1
    assert HelpPage.objects.get(pk=page.pk).reads.count == 1
    page.unpublish()
    assert client.post(f"/-/help/{page.pk + 999}/read/").status_code == 404


def test_a_question_without_a_word_is_refused(make_answer: Any):
    page = make_answer()
    page.title = "😀？"
    with pytest.raises(ValidationError, match="问题里要有文字"):
        page.full_clean()


@pytest.mark.three_databases
def test_categories_have_names_and_addresses_of_their_own(booking: HelpCategory):
    assert HelpCategory.objects.create(name="挂号于退号").slug == f"{booking.slug}-2"
    with pytest.raises(IntegrityError), transaction.atomic():
        HelpCategory.objects.create(name=booking.name)
