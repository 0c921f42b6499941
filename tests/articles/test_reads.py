"""Counting readers at no write per view."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.articles import reads
from cms.articles.models import ArticleReads

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Mobile MicroMessenger/8.0.49"


def read(client: Client, page: Any, visit: str = "a", agent: str = PHONE) -> Any:
    url = reverse("article_read", args=[page.pk])
    return client.post(f"{url}?visit={visit}", headers={"user-agent": agent})


@pytest.mark.req("7.4")
def test_no_view_writes_and_all_are_written_together(client: Client, make_article: Any, counter: reads.Counter):
    pages = [make_article(f"第{number}篇") for number in range(3)]
    with CaptureQueriesContext(connection) as asked:
        for page in pages:
            for number in range(20):
                assert read(client, page, visit=str(number)).status_code == 200
    written = [q["sql"] for q in asked if not q["sql"].lstrip().upper().startswith("SELECT")]
    assert written == []
    assert len(asked) == len(pages), "each article is looked up once"
    assert not ArticleReads.objects.exists()

    with CaptureQueriesContext(connection) as wrote:
        assert counter.flush() == 60
    assert len([q for q in wrote if q["sql"].startswith(("INSERT", "UPDATE"))]) == 2
    assert [row.count for row in ArticleReads.objects.all()] == [20, 20, 20]
    assert counter.flush() == 0


def test_a_reader_counts_once_in_half_an_hour(client: Client, make_article: Any, counter: reads.Counter):
    page = make_article()
    for _ in range(5):
        read(client, page)
    assert read(client, page).json() == {"reads": "1"}
    assert read(client, page, visit="another").json() == {"reads": "2"}


def test_one_address_cannot_push_an_article_up(client: Client, make_article: Any, counter: reads.Counter):
    page = make_article()
    for number in range(reads.MOST_OF_ONE_ADDRESS + 50):
        answer = read(client, page, visit=str(number))
    assert answer.json() == {"reads": str(reads.MOST_OF_ONE_ADDRESS)}


@pytest.mark.parametrize("agent", ["Baiduspider/2.0", "curl/8", "", "Mozilla/5.0 HeadlessChrome/120", "bingbot"])
def test_programmes_do_not_count(client: Client, make_article: Any, agent: str):
    assert read(client, make_article(), agent=agent).json() == {"reads": "0"}


def test_what_is_not_a_live_article_is_not_counted(
    client: Client, make_article: Any, counter: reads.Counter, home: Any
):
    draft = make_article()
    draft.unpublish()
    assert read(client, draft).status_code == 404
    assert read(client, home).status_code == 404
    assert client.get(reverse("article_read", args=[draft.pk])).status_code == 405
    assert counter.flush() == 0


@pytest.mark.three_databases
def test_counts_add_up_and_a_deleted_article_stops_nobody(make_article: Any):
    kept, gone = make_article("留下"), make_article("删除")
    reads.ARTICLES.add({kept.pk: 2})
    pk = gone.pk
    gone.delete()
    reads.ARTICLES.add({kept.pk: 3, pk: 9})
    assert ArticleReads.objects.get().count == 5
    kept.refresh_from_db()
    kept.save_revision().publish()
    assert ArticleReads.objects.get().count == 5, "saving the page does not set the number back"


def test_a_database_that_refuses_loses_nothing(
    make_article: Any, counter: reads.Counter, monkeypatch: pytest.MonkeyPatch
):
    from django.db import DatabaseError

    page = make_article()
    counter.count(page.pk, address="10.0.0.1", agent=PHONE)

    def refuse(book: reads.Book, views: Any) -> None:
        raise DatabaseError("locked")

    with monkeypatch.context() as broken:
        broken.setattr(reads.Book, "add", refuse)
        with pytest.raises(DatabaseError):
            counter.flush()
    assert counter.flush() == 1


def test_without_javascript_the_page_itself_counts(client: Client, make_article: Any, counter: reads.Counter):
    page = make_article()
    for _ in range(2):
        client.get(page.url, headers={"user-agent": PHONE})
    assert counter.flush() == 0, "the shell is shared and counts nobody"
    client.get(page.url, {"whole": "1"}, headers={"user-agent": PHONE})
    assert counter.flush() == 1


def test_the_timer_flushes_by_itself(monkeypatch: pytest.MonkeyPatch):
    import threading

    flushed, added = threading.Event(), {}

    def add(book: reads.Book, views: Any) -> None:
        added.update(views)
        flushed.set()

    monkeypatch.setattr(reads.Book, "add", add)
    counter = reads.Counter(flush_seconds=0.01)
    counter.count(7, address="10.0.0.1", agent=PHONE)
    assert flushed.wait(10)
    assert added == {7: 1}


@pytest.mark.parametrize(
    ("views", "words"),
    [
        (0, "0"),
        (9999, "9999"),
        (10000, "1万"),
        (12034, "1.2万"),
        (100000, "10万"),
        (999999, "99.9万"),
        (12345678, "1234万"),
    ],
)
def test_big_numbers_are_shown_short(views: int, words: str):
    assert reads.shown(views) == words
