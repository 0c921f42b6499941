"""Which page uses which block."""

from typing import Any

import pytest
from django.urls import reverse
from wagtail.models import Page

from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from cms.blockrules.models import BlockUse
from cms.blockrules.usage import most_used, rebuild
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.25")]
URL = "block_usage"


def uses(page: Page) -> dict[str, tuple[int, int]]:
    return {use.block_type: (use.live, use.draft) for use in BlockUse.objects.filter(page=page)}


def notices(number: int) -> list[dict[str, Any]]:
    return [block("notice", {"text": f"第 {n} 条"}) for n in range(number)]


def test_pages_drafts_and_publications_are_counted(home: PortalPage) -> None:
    page = make_page(home, "公告", notices(2))
    assert uses(page) == {"notice": (2, 2)}
    page.body = [*notices(3), block("rich_text", {"text": "<p>文</p>"})]
    revision = page.save_revision()
    assert uses(page) == {"notice": (2, 3), "rich_text": (0, 1)}
    revision.publish()
    assert uses(page) == {"notice": (3, 3), "rich_text": (1, 1)}
    PortalPage.objects.get(pk=page.pk).unpublish()
    assert uses(page) == {"notice": (0, 3), "rich_text": (0, 1)}
    PortalPage.objects.get(pk=page.pk).delete()
    assert not BlockUse.objects.filter(block_type="rich_text").exists()


def test_the_index_can_be_made_anew(home: PortalPage) -> None:
    page = make_page(home, "公告", notices(2))
    BlockUse.objects.all().delete()
    assert rebuild() >= 2
    assert uses(page) == {"notice": (2, 2)}
    assert most_used()["notice"] == 2


def test_the_report_counts_every_block_and_leads_into_the_editor_at_the_block(home: PortalPage, as_role: Any) -> None:
    page = make_page(home, "公告", notices(2))
    client = as_role(EDITOR)
    overview = client.get(reverse(URL)).content.decode()
    assert "通知栏" in overview
    assert "block=notice" in overview
    assert "block=slot_list" not in overview  # nobody uses it: nothing to look at
    listing = client.get(reverse(URL), {"block": "notice"}).content.decode()
    first = page.body[0].id
    assert f"{reverse('wagtailadmin_pages:edit', args=[page.pk])}#block-{first}-section" in listing


def test_it_can_be_narrowed(home: PortalPage, as_role: Any) -> None:
    make_page(home, "停诊公告", notices(1))
    draft = make_page(home, "旧页", notices(1))
    draft.unpublish()
    client = as_role(EDITOR)

    def titles(**wanted: str) -> tuple[bool, bool]:
        html = client.get(reverse(URL), {"block": "notice", **wanted}).content.decode()
        return "停诊公告" in html, "旧页" in html

    assert titles() == (True, True)
    assert titles(state="live") == (True, False)
    assert titles(state="draft") == (False, True)
    assert titles(title="停诊") == (True, False)
    assert client.get(reverse(URL), {"block": "no-such", "state": "x", "p": "99"}).status_code == 200


def test_who_has_no_pages_sees_nothing(home: PortalPage, as_role: Any) -> None:
    make_page(home, "公告", notices(1))
    assert as_role(FINANCE).get(reverse(URL)).status_code == 302
    assert as_role(ADMINISTRATOR).get(reverse(URL)).status_code == 200


def test_the_number_of_queries_is_constant(home: PortalPage, as_role: Any, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = as_role(EDITOR)
    make_page(home, "一", notices(1))

    def count(**wanted: str) -> int:
        client.get(reverse(URL), wanted)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse(URL), wanted)
        return len(queries)

    few = count(), count(block="notice")
    for number in range(12):
        make_page(home, f"页 {number}", [*notices(2), block("rich_text", {"text": "<p>文</p>"})])
    assert (count(), count(block="notice")) == few


def test_saving_an_unchanged_draft_writes_no_counts(home: PortalPage) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page = make_page(home, "公告", notices(2))
    page.save_revision()
    with CaptureQueriesContext(connection) as queries:
        page.save_revision()
    written = [q["sql"] for q in queries if "block_rules_blockuse" in q["sql"] and not q["sql"].startswith("SELECT")]
    assert written == []


def test_the_command_counts_every_page(home: PortalPage, capsys: Any) -> None:
    from django.core.management import call_command

    page = make_page(home, "公告", notices(1))
    BlockUse.objects.all().delete()
    call_command("rebuild_block_usage")
    assert "个页面" in capsys.readouterr().out
    assert uses(page) == {"notice": (1, 1)}
