"""Kept pages: seen anew by the next request, never with anything of a person, never made twice."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.images.models import Image
from wagtail.models import Page, PageViewRestriction, Site

from blocks import freshness
from cms.pages.cache import compaction, marks, memo, shells, tables
from cms.pages.cache.models import Mark
from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


def text(words: str, **settings: Any) -> dict[str, Any]:
    return block("rich_text", {"text": f"<p>{words}</p>"}, settings=settings)


def html(path: str, **headers: str) -> str:
    return Client().get(path, headers=headers).content.decode()


def is_kept(path: str, *, client: Client | None = None) -> bool:
    """Whether the next request is answered from what is kept: with one query, that for the marks."""
    with CaptureQueriesContext(connection) as captured:
        (client or Client()).get(path)
    return len(captured) == 1


@pytest.fixture
def guide(home: PortalPage, site: Site) -> PortalPage:
    page = make_page(home, "就医指南", [text("请带好证件")], slug="guide")
    html("/guide/")
    assert is_kept("/guide/")
    return page


# --- what changes is seen -------------------------------------------------------------------------------------


def publish(page: PortalPage, words: str) -> None:
    page.body = [text(words)]
    page.save_revision().publish()


def test_a_publication_is_seen_by_the_next_request(guide: PortalPage) -> None:
    publish(guide, "请带好医保卡")
    assert "请带好医保卡" in html("/guide/")
    publish(guide, "请带好病历本")
    assert "请带好病历本" in html("/guide/")


def test_a_page_taken_offline_is_gone_at_the_next_request(guide: PortalPage) -> None:
    guide.unpublish()
    assert Client().get("/guide/").status_code == 404


def test_a_deleted_page_is_gone_at_the_next_request(guide: PortalPage) -> None:
    guide.delete()
    assert Client().get("/guide/").status_code == 404


def test_a_moved_page_is_at_its_new_address_only(guide: PortalPage, home: PortalPage) -> None:
    other = make_page(home, "服务", slug="services")
    guide.refresh_from_db()
    guide.move(other, pos="last-child")
    assert Client().get("/guide/").status_code in {301, 404}
    assert "请带好证件" in html("/services/guide/")


def test_a_draft_changes_nothing_and_throws_nothing_away(guide: PortalPage) -> None:
    guide.body = [text("还没写完")]
    guide.save_revision()
    assert is_kept("/guide/")
    assert "还没写完" not in html("/guide/")


@pytest.mark.parametrize(
    "change",
    [
        lambda: PortalSettings.objects.update(hospital_name="滨江医院"),
        lambda: [setattr(s := PortalSettings.objects.get(), "hospital_name", "滨江医院"), s.save()],
        lambda: PortalSettings.objects.bulk_update([_renamed(PortalSettings.objects.get())], ["hospital_name"]),
    ],
    ids=["update", "save", "bulk_update"],
)
def test_settings_are_seen_however_they_were_written(guide: PortalPage, change: Callable[[], Any]) -> None:
    change()
    assert "滨江医院" in html("/guide/")


def _renamed(settings: PortalSettings) -> PortalSettings:
    settings.hospital_name = "滨江医院"
    return settings


def test_a_step_that_gets_its_page_is_linked_at_once(home: PortalPage, site: Site) -> None:
    make_page(home, "大厅", [block("icon_grid")], slug="hall")
    assert 'href="/mine/"' not in html("/hall/")
    make_page(home, "我的预约记录", service_role="registration.mine", slug="mine")
    assert 'href="/mine/"' in html("/hall/")


def test_a_changed_picture_is_seen(home: PortalPage, site: Site) -> None:
    image = make_image()
    value = {"image": {"image": image.pk, "alt_text": "楼", "decorative": False}}
    make_page(home, "图", [block("image", value)], slug="pictures")
    before = html("/pictures/")
    html("/pictures/")
    assert is_kept("/pictures/")
    Image.objects.filter(pk=image.pk).update(focal_point_x=3, focal_point_y=3, focal_point_width=2)
    assert not is_kept("/pictures/")
    assert "<img" in before


def test_a_new_picture_in_the_library_throws_nothing_away(guide: PortalPage) -> None:
    make_image()
    assert is_kept("/guide/")


@pytest.mark.parametrize("edge", ["visible_from", "visible_until"])
def test_a_date_of_visibility_is_kept_to_the_second(
    home: PortalPage, site: Site, monkeypatch: pytest.MonkeyPatch, edge: str
) -> None:
    moment = timezone.now() + dt.timedelta(minutes=5)
    make_page(home, "通知", [text("义诊", **{edge: moment.isoformat()})], slug="notices")
    before = html("/notices/")
    assert is_kept("/notices/")
    monkeypatch.setattr(timezone, "now", lambda: moment - dt.timedelta(seconds=1))
    assert is_kept("/notices/")
    monkeypatch.setattr(timezone, "now", lambda: moment)
    after = html("/notices/")
    assert ("义诊" in before, "义诊" in after) == (edge == "visible_until", edge == "visible_from")


def test_what_a_block_names_itself_counts_too(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(probe, "delivery", "inline")
    monkeypatch.setattr(
        probe, "on_live", staticmethod(lambda _c: asked.append(1) or freshness.depends_on("weather") or {})
    )
    make_page(home, "天气", [block("probe")], slug="weather")
    html("/weather/")
    html("/weather/")
    assert len(asked) == 1
    freshness.touch("tides")
    html("/weather/")
    assert len(asked) == 1
    freshness.touch("weather")
    html("/weather/")
    assert len(asked) == 2


def test_a_shell_made_of_live_data_is_never_kept(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from business.registration.models import Schedule

    monkeypatch.setattr(probe, "delivery", "inline")
    monkeypatch.setattr(probe, "on_live", staticmethod(lambda _c: {"asked": Schedule.objects.count()}))
    make_page(home, "号源", [block("probe")], slug="numbers")
    html("/numbers/")
    assert not is_kept("/numbers/")


# --- the marks ------------------------------------------------------------------------------------------------


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


# --- nothing personal -----------------------------------------------------------------------------------------


@pytest.fixture
def staff(home: PortalPage) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("editor", "e@example.org", "x"))
    return client


def _everything_kept() -> Iterator[bytes]:
    for kept in shells.store._kept.values():
        yield kept.body + repr(kept.headers).encode()


def test_whoever_comes_first_everybody_gets_the_same(home: PortalPage, site: Site, staff: Client) -> None:
    make_page(home, "就医指南", [text("请带好证件"), block("icon_grid")], slug="guide")
    staff.cookies["ph_look"], staff.cookies["ph_campus"], staff.cookies["ph_account"] = (
        "care.dark",
        "EAST",
        "secret-token",
    )
    first = staff.get(
        "/guide/?token=secret-token&openid=secret-openid",
        headers={
            "User-Agent": "MicroMessenger secret-agent",
            "Accept": "application/secret+json",
            "Accept-Language": "en",
            "X-Forwarded-For": "203.0.113.9",
            "Referer": "https://secret.example.org/",
        },
    )
    second = Client().get("/guide/")
    assert second.content == first.content.replace(b"token=secret-token&amp;openid=secret-openid&amp;", b"")
    for kept in _everything_kept():
        assert b"secret" not in kept
        assert b"203.0.113.9" not in kept
        assert b"csrfmiddlewaretoken" not in kept
    assert not first.cookies
    assert not second.cookies
    assert "Cookie" not in second.headers["Vary"]


def test_a_block_that_asks_who_looks_gets_nobody(
    home: PortalPage, site: Site, staff: Client, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def who(context: Any) -> dict[str, Any]:
        request = context["request"]
        found = [request.user.is_authenticated, request.COOKIES, request.headers.get("Cookie"), request.account]
        found += [hasattr(request, "session"), request.META.get("REMOTE_ADDR"), request.headers.get("User-Agent")]
        return {"asked": repr(found)}

    monkeypatch.setattr(probe, "delivery", "inline")
    monkeypatch.setattr(probe, "on_live", staticmethod(who))
    make_page(home, "谁", [block("probe")], slug="who")
    staff.cookies["ph_account"] = "token"
    assert "[False, {}, None, None, False, None, None]" in staff.get("/who/").content.decode().replace("&#x27;", "'")


def test_a_token_asked_for_in_a_shell_opens_nothing_and_sets_no_cookie(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.middleware.csrf import get_token

    monkeypatch.setattr(probe, "delivery", "inline")
    monkeypatch.setattr(probe, "on_live", staticmethod(lambda context: {"asked": get_token(context["request"])}))
    make_page(home, "表单", [block("probe")], slug="form")
    assert not Client().get("/form/").cookies


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get("/guide/?whole=1"),
        lambda client: client.get("/guide/?a=b&whole=1"),
        lambda client: client.post("/guide/"),
        lambda client: client.options("/guide/"),
        lambda client: client.put("/guide/"),
        lambda client: client.head("/guide/"),
    ],
    ids=["whole", "whole-later", "post", "options", "put", "head"],
)
def test_only_a_plain_reading_is_kept(home: PortalPage, site: Site, ask: Callable[[Client], Any]) -> None:
    make_page(home, "就医指南", [text("请带好证件")], slug="guide")
    ask(Client())
    assert not shells.store._kept


def test_a_kept_shell_does_not_answer_what_is_no_plain_reading(guide: PortalPage, probe: Any) -> None:
    assert "no-store" in Client().get("/guide/?whole=1").headers["Cache-Control"]
    assert Client().head("/guide/").content == b""
    assert int(Client().head("/guide/").headers["Content-Length"]) == len(Client().get("/guide/").content)


@pytest.mark.parametrize("kind", [PageViewRestriction.LOGIN, PageViewRestriction.PASSWORD])
def test_a_page_that_becomes_restricted_asks_at_the_next_request(
    guide: PortalPage, home: PortalPage, staff: Client, kind: str
) -> None:
    PageViewRestriction.objects.create(page=home, restriction_type=kind, password="x")
    assert "请带好证件" not in html("/guide/")
    if kind == PageViewRestriction.LOGIN:
        assert "请带好证件" in staff.get("/guide/").content.decode()
    assert "请带好证件" not in html("/guide/")


def test_a_session_a_message_and_a_cookie_keep_an_answer_out(guide: PortalPage) -> None:
    made = shells.Made(b"x", shells.watch.Notes(), frozenset())
    from django.http import HttpResponse

    def answer(**headers: str) -> HttpResponse:
        response = HttpResponse("x", headers={"Cache-Control": "public, max-age=0", **headers})
        return response

    assert shells.keep(made, answer(), {}) is not None
    with_cookie = answer()
    with_cookie.set_cookie("a", "b")
    refused = [with_cookie, answer(Vary="Cookie"), HttpResponse("x", status=404)]
    refused += [answer(**{"Cache-Control": value}) for value in ("private", "public, no-store", "max-age=3")]
    refused += [answer(**{"Content-Security-Policy": "script-src 'nonce-abc'"})]
    assert [shells.keep(made, response, {}) for response in refused] == [None] * len(refused)


def test_one_host_never_answers_for_another(home: PortalPage, site: Site) -> None:
    other_root = make_page(Page.get_first_root_node(), "分院", slug="branch")
    Site.objects.create(hostname="branch.example.org", root_page=other_root, site_name="分院")
    make_page(home, "就医指南", [text("本院")], slug="guide")
    make_page(other_root, "就医指南", [text("分院")], slug="guide")
    for _ in range(2):
        assert "本院" in html("/guide/")
        assert "分院" in html("/guide/", host="branch.example.org")


def test_a_host_that_is_not_ours_is_refused_and_not_kept(guide: PortalPage, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    before = dict(shells.store._kept)
    assert Client().get("/guide/", headers={"host": "evil.example.org"}).status_code == 400
    assert shells.store._kept == before


def test_http_is_sent_to_https_also_where_the_page_is_kept(home: PortalPage, site: Site, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    make_page(home, "就医指南", [text("请带好证件")], slug="guide")
    assert Client().get("/guide/", secure=True).status_code == 200
    assert Client().get("/guide/", secure=True).status_code == 200
    assert Client().get("/guide/").status_code == 301


def test_the_query_reaches_the_whole_page_and_nothing_else(guide: PortalPage) -> None:
    shown = html('/guide/?date=2026-01-05&x="><script>')
    assert "url=/guide/?date=2026-01-05&amp;x=%22%3E%3Cscript%3E&amp;whole=1" in shown
    assert "url=/guide/?whole=1" in html("/guide/")
    assert len(shells.store._kept) == 1


def test_a_block_that_looks_at_a_parameter_gets_a_shell_for_each_of_its_values(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "delivery", "inline")
    make_page(home, "列表", [block("probe")], slug="list")
    shown = {date: html(f"/list/?date={date}&x={n}") for n, date in enumerate(["", "mon", "tue", "mon"])}
    assert "mon" in shown["mon"]
    assert "tue" in shown["tue"]
    assert is_kept("/list/?date=tue&other=1")
    assert "tue" in html("/list/?date=tue&other=2")
    assert "mon" not in html("/list/")


# --- the same answer ------------------------------------------------------------------------------------------


def test_a_kept_answer_has_the_headers_of_a_fresh_one(guide: PortalPage, settings: Any) -> None:
    kept = Client().get("/guide/")
    settings.PAGE_CACHE_MB = 0
    fresh = Client().get("/guide/")
    assert kept.content == fresh.content
    for name in (
        "Content-Security-Policy",
        "X-Frame-Options",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Cache-Control",
    ):
        assert kept.headers[name] == fresh.headers[name]
    assert kept.headers["Content-Type"] == fresh.headers["Content-Type"]


def test_a_browser_that_has_it_is_told_so(guide: PortalPage) -> None:
    first = Client().get("/guide/?a=1")
    again = Client().get("/guide/?a=1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().get("/guide/?a=2", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    publish(guide, "新的")
    assert Client().get("/guide/?a=1", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_compressed_answer_is_the_same_page(guide: PortalPage) -> None:
    import gzip

    packed = Client().get("/guide/", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    plain = Client().get("/guide/")
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.content) == plain.content


@pytest.mark.django_db(transaction=True)
def test_a_crowd_makes_a_page_once(home: PortalPage, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    make_page(home, "就医指南", [text("请带好证件")], slug="guide")
    made, go = [], threading.Event()
    serve = PortalPage.serve

    def slow(self: PortalPage, request: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(1)
        go.wait(5)
        return serve(self, request, *args, **kwargs)

    monkeypatch.setattr(PortalPage, "serve", slow)
    answers: list[str] = []

    def visit() -> None:
        answers.append(html("/guide/"))
        connections.close_all()

    crowd = [threading.Thread(target=visit) for _ in range(6)]
    for one in crowd:
        one.start()
    go.set()
    for one in crowd:
        one.join()
    assert len(made) == 1
    assert len(set(answers)) == 1
    assert len(answers) == 6


# --- the shared tier ------------------------------------------------------------------------------------------


@pytest.fixture
def shared(settings: Any) -> Iterator[None]:
    settings.PAGE_CACHE_SHARED = True
    from django.core.cache import caches

    caches["default"].clear()
    yield
    caches["default"].clear()


def test_another_process_finds_the_page_in_the_shared_cache(shared: None, guide: PortalPage) -> None:
    shells.store.forget()  # another process
    assert is_kept("/guide/")
    shells.store.forget()
    publish(guide, "新的")
    shells.store.forget()
    assert "新的" in html("/guide/")


def test_variants_are_found_in_the_shared_cache(
    shared: None, home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "delivery", "inline")
    make_page(home, "列表", [block("probe")], slug="list")
    html("/list/?date=mon")
    html("/list/?date=tue")
    shells.store.forget()
    assert is_kept("/list/?date=mon")
    assert "tue" in html("/list/?date=tue")


# --- islands go by marks that may be a second old --------------------------------------------------------------------


def island_of(page: PortalPage) -> str:
    return f"/-/island/{page.pk}/{page.body[0].id}/"


def test_an_island_of_a_page_taken_offline_here_is_gone_at_once(home: PortalPage, site: Site, probe: Any) -> None:
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    assert Client().get(island_of(page)).status_code == 200
    page.unpublish()
    assert Client().get(island_of(page)).status_code == 404


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_an_island_that_another_process_has_just_published_is_found(home: PortalPage, site: Site, probe: Any) -> None:
    marks.read()
    before = list(marks._lease)
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    marks._lease[:] = before  # this process has not heard of it
    marks.forget_touched()
    assert Client().get(island_of(page)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_island_changed_elsewhere_is_the_new_one_within_a_second(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    Client().get(island_of(page))
    before = list(marks._lease)
    page.unpublish()
    marks._lease[:] = before
    marks.forget_touched()
    later = before[0][0] + marks.LEASE_SECONDS
    monkeypatch.setattr(marks.time, "monotonic", lambda: later)
    assert Client().get(island_of(page)).status_code == 404


def test_an_island_asks_the_database_only_what_its_block_asks(home: PortalPage, site: Site, probe: Any) -> None:
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    Client().get(island_of(page))
    with CaptureQueriesContext(connection) as captured:
        Client().get(island_of(page))
    assert len(captured) == 0


def test_an_island_of_a_page_that_becomes_restricted_is_refused(home: PortalPage, site: Site, probe: Any) -> None:
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    assert Client().get(island_of(page)).status_code == 200
    PageViewRestriction.objects.create(page=home, restriction_type=PageViewRestriction.LOGIN)
    assert Client().get(island_of(page)).status_code == 403


def test_a_notice_that_begins_and_ends_by_itself_is_seen_on_the_second(
    home: PortalPage, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from business.notices.models import Notice

    start = timezone.now() + dt.timedelta(minutes=2)
    end = start + dt.timedelta(minutes=3)
    Notice.objects.create(title="周三停电", starts_at=start, ends_at=end)
    make_page(home, "公告", [block("notice_bar", {"place": "home"})], slug="notices")
    shown = []
    second = dt.timedelta(seconds=1)
    for moment in (start - second, start, end - second, end):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        shown.append("周三停电" in html("/notices/"))
        assert is_kept("/notices/")
    assert shown == [False, True, True, False]


# --- memory ---------------------------------------------------------------------------------------------------


def test_memory_stays_within_its_limit(home: PortalPage, site: Site, settings: Any, monkeypatch: Any) -> None:
    settings.PAGE_CACHE_MB = 1
    for n in range(3):
        make_page(home, f"页{n}", [text("长" * 150_000)], slug=f"long-{n}")
    for n in range(3):
        html(f"/long-{n}/")
    assert shells.store._size <= 1_000_000
    assert is_kept("/long-2/")


def test_what_is_remembered_is_made_again_when_what_it_read_has_changed(guide: PortalPage) -> None:
    made = []

    def titles() -> list[str]:
        made.append(1)
        return list(Page.objects.filter(pk=guide.pk).values_list("title", flat=True))

    def ask() -> list[str]:
        with marks.Span():
            return memo.remember("titles", titles)

    assert ask() == ask() == ["就医指南"]
    assert len(made) == 1
    Page.objects.filter(pk=guide.pk).update(title="指南")
    assert ask() == ["指南"]
    assert memo.remember("titles", titles) == ["指南"]
