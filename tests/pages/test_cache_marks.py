"""Kept pages: the marks that tell of a change, also one of another process."""

import threading

import pytest
from django.db import connection, connections, transaction
from wagtail.models import Site

from blocks import freshness
from cms.pages.cache import compaction, marks, tables
from cms.pages.cache.models import Mark
from cms.pages.models import PortalPage
from tests.pages.building import make_page
from tests.pages.keeping import html, is_kept, publish, text

pytestmark = pytest.mark.django_db


def test_a_change_that_is_rolled_back_to_a_savepoint_is_marked_again(db: None) -> None:
    with transaction.atomic():
        before = marks.read()
        point = transaction.savepoint()
        freshness.touch("articles")
        transaction.savepoint_rollback(point)
        assert marks.read() == before
        point = transaction.savepoint()
        freshness.touch("articles")
        transaction.savepoint_rollback(point)
        freshness.touch("articles")
        assert marks.read() != before


def test_many_changes_in_one_transaction_are_one_mark(db: None) -> None:
    marks.read()
    before = Mark.objects.filter(tag="articles").count()
    for _ in range(5):
        freshness.touch("articles")
    assert Mark.objects.filter(tag="articles").count() == before + 1


def test_adding_marks_together_throws_nothing_away(guide: PortalPage) -> None:
    for _ in range(3):
        freshness.touch("articles")
        marks.read()
    before, rows = marks.read(), Mark.objects.count()
    compaction.add_marks_together()
    assert marks.read() == before
    assert Mark.objects.count() < rows
    assert is_kept("/guide/")


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_a_publication_of_another_process_is_seen_when_it_commits_and_not_before(home: PortalPage, site: Site) -> None:
    page = make_page(home, "就医指南", [text("旧的")], slug="guide")
    assert "旧的" in html("/guide/")
    written, seen = threading.Event(), threading.Event()

    def elsewhere() -> None:
        with transaction.atomic():
            publish(PortalPage.objects.get(pk=page.pk), "新的")
            written.set()
            seen.wait(10)
        connections.close_all()

    other = threading.Thread(target=elsewhere)
    other.start()
    assert written.wait(10)
    during = html("/guide/")
    kept = is_kept("/guide/")
    seen.set()
    other.join()
    assert "旧的" in during
    assert kept
    assert "新的" in html("/guide/")


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_marks_that_commit_out_of_order_are_both_seen(db: None) -> None:
    first_wrote, second_done = threading.Event(), threading.Event()
    states = [marks.read()]

    def first() -> None:
        with transaction.atomic():
            freshness.touch("articles")
            first_wrote.set()
            second_done.wait(10)
        connections.close_all()

    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time: nothing commits out of order")
    thread = threading.Thread(target=first)
    thread.start()
    assert first_wrote.wait(10)
    freshness.touch("articles")
    states.append(marks.read())
    second_done.set()
    thread.join()
    states.append(marks.read())
    assert len({state.get("articles", 0) for state in states}) == 3


@pytest.mark.parametrize(
    ("sql", "tag"),
    [
        ('UPDATE "wagtailcore_page" SET "draft_title" = %s, "latest_revision_id" = %s WHERE "id" = %s', ""),
        ('UPDATE "wagtailcore_page" SET "draft_title" = %s, "live" = %s WHERE "id" = %s', "pages"),
        ("UPDATE `wagtailcore_page` SET `locked` = %s WHERE `id` = %s", ""),
        ("UPDATE wagtailcore_page SET numchild=numchild+1 WHERE path = %s", "pages"),
        ('UPDATE "wagtailcore_page" SET "draft_title" = CASE WHEN "id" = 1 THEN %s END WHERE "id" IN (1)', "pages"),
        ("DELETE `pages_portalpage` FROM `pages_portalpage` INNER JOIN `x` ON 1", "pages"),
        ('DELETE FROM "pages_portalsettings" WHERE 1', "pages"),
        ('INSERT OR IGNORE INTO "hospital_doctor_departments" VALUES (1)', "doctors"),
        ("INSERT IGNORE INTO `hospital_campus` (`a`) VALUES (1)", "places"),
        ('INSERT INTO "wagtailimages_image" ("a") VALUES (1)', ""),
        ('UPDATE "wagtailimages_image" SET "title" = %s', "media"),
        ('UPDATE "registration_slot" SET "state" = %s', ""),
        ('SELECT 1 FROM "wagtailcore_page" FOR UPDATE', ""),
    ],
)
def test_a_statement_tells_what_it_changes(sql: str, tag: str) -> None:
    assert tables.tag_written(sql) == tag
