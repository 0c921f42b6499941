"""Articles in the official account's draft box, over HTTP with the sandbox: sent once, updated, refused, retried."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.images.models import Image

from business.integration import outbox
from business.integration.models import CallLog, OutboxItem
from business.integration.outcomes import Refused
from business.integration.wechat import drafts as wechat
from cms.articles import drafts, pictures
from cms.articles.models import ArticlePage, WeChatDraft, WeChatPicture
from cms.backoffice.roles import EDITOR, FINANCE, setup_roles
from sandbox.wechat import drafts as box
from tests.articles.test_pasting import png
from tests.backoffice import builders
from tests.pages.building import block, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(sandbox: Any) -> Any:
    """Give the official account with an empty draft box."""
    sandbox.reset()
    return sandbox


def in_the_box(account: Any) -> list[dict[str, Any]]:
    return [draft["articles"][0] for draft in box.everything(account.app.extensions["sandbox"])]


@pytest.fixture
def article(make_article: Any) -> ArticlePage:
    """Give an article with a cover and a pasted part with a picture."""
    picture = pictures.keep(png((300, 200)))
    page = make_article("入冬胃痛别拖", author="消化内科", cover=make_image())
    page.body = [
        block("rich_text", {"title": "天冷了", "text": '<p>注意<a href="https://a.example/">保暖</a>。</p>'}),
        block("pasted", {"content": f'<section style="color:#c00"><img data-ph-image="{picture.pk}"></section>'}),
        block("article_list", {"title": "更多", "most": 3}),
    ]
    page.save_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


def work(times: int = 1) -> None:
    """Let the worker do what is there, due or not."""
    for _ in range(times):
        for item in OutboxItem.objects.filter(topic=drafts.TOPIC, state=OutboxItem.State.PENDING):
            OutboxItem.objects.filter(pk=item.pk).update(due_at=item.created_at)
            outbox.run(item.pk)


def draft_of(article: ArticlePage) -> WeChatDraft:
    return WeChatDraft.objects.get(article=article)


@pytest.mark.req("7.4")
def test_an_article_becomes_a_draft_with_cover_and_pictures(account: Any, article: ArticlePage):
    drafts.request_draft(article)
    work()
    row = draft_of(article)
    assert (row.state, row.problem) == (WeChatDraft.State.SENT, "")
    (sent,) = in_the_box(account)
    assert (sent["title"], sent["author"]) == ("入冬胃痛别拖", "消化内科")
    assert article.url in sent["content_source_url"]
    assert f'<img src="{account.url}/mmbiz/' in sent["content"]
    assert "color:#c00" in sent["content"] and "<a " not in sent["content"] and "保暖" in sent["content"]
    assert row.url == f"{account.url}/mp/{row.media_id}"
    assert row.notes == "没有放进草稿的组件：文章列表"
    assert all("\0" not in row.request and "JFIF" not in row.request for row in CallLog.objects.all())


def test_two_clicks_are_one_draft_and_another_day_an_update(account: Any, article: ArticlePage):
    drafts.request_draft(article)
    drafts.request_draft(article)
    assert OutboxItem.objects.filter(topic=drafts.TOPIC).count() == 1
    work()
    first = draft_of(article).media_id
    article.title = "改过的题目"
    article.save_revision().publish()
    drafts.request_draft(article)
    work()
    assert draft_of(article).media_id == first
    assert [sent["title"] for sent in in_the_box(account)] == ["改过的题目"]
    assert CallLog.objects.filter(operation="media.uploadimg").count() == 1, "a picture is sent once"
    assert CallLog.objects.filter(operation="material.add_material").count() == 1


@pytest.mark.req("45.1")
@pytest.mark.parametrize("kind", ["drop_after", "http_after"])
def test_a_lost_answer_makes_no_second_draft(account: Any, article: ArticlePage, kind: str):
    account.fault("wechat.draft_add", kind)
    drafts.request_draft(article)
    work()
    row = draft_of(article)
    assert row.state == WeChatDraft.State.SENDING and "稍后自动再试" in row.progress
    work()
    assert draft_of(article).state == WeChatDraft.State.SENT
    assert len(in_the_box(account)) == 1


def test_an_add_that_never_arrived_is_done_again(account: Any, article: ArticlePage):
    account.fault("wechat.draft_add", "drop_before")
    drafts.request_draft(article)
    work(2)
    assert draft_of(article).state == WeChatDraft.State.SENT
    assert len(in_the_box(account)) == 1


def test_a_draft_published_over_there_is_made_anew(account: Any, article: ArticlePage):
    drafts.request_draft(article)
    work()
    old = draft_of(article)
    wechat._client().post("draft/delete", data={"media_id": old.media_id})
    drafts.request_draft(article)
    work()
    row = draft_of(article)
    assert row.state == WeChatDraft.State.SENT
    assert row.media_id != old.media_id and row.mark != old.mark
    assert "建了一份新的" in row.notes
    assert len(in_the_box(account)) == 1


@pytest.mark.parametrize(("code", "sentence"), [("45009", "次数用完"), ("40164", "IP 白名单"), ("99999", "（99999）")])
def test_a_refusal_ends_with_a_sentence(account: Any, article: ArticlePage, code: str, sentence: str):
    account.fault("wechat.draft_add", "refuse", code=code, message="no")
    drafts.request_draft(article)
    work()
    row = draft_of(article)
    assert row.state == WeChatDraft.State.FAILED
    assert sentence in row.problem
    drafts.request_draft(article)
    work()
    assert draft_of(article).state == WeChatDraft.State.SENT


def test_what_cannot_be_a_draft_is_said_before_anything_is_sent(account: Any, make_article: Any):
    without_cover = make_article("没有封面")
    drafts.request_draft(without_cover)
    work()
    assert "请先给文章选一张封面" in draft_of(without_cover).problem
    long = make_article("太长", text=f"<p>{'长' * 21_000}</p>", cover=make_image())
    drafts.request_draft(long)
    work()
    assert "公众号要求少于 2 万" in draft_of(long).problem
    empty = make_article("空的", cover=make_image())
    empty.body = []
    empty.save_revision().publish()
    drafts.request_draft(empty)
    work()
    assert "没有能放进公众号的内容" in draft_of(empty).problem
    assert in_the_box(account) == []


def test_a_long_title_is_cut_and_staff_are_told(account: Any, make_article: Any):
    page = make_article("长" * 40, cover=make_image())
    drafts.request_draft(page)
    work()
    assert in_the_box(account)[0]["title"] == "长" * 31 + "…"
    assert "截短" in draft_of(page).notes


def test_when_nobody_answers_for_long_staff_are_told(account: Any, article: ArticlePage, monkeypatch: Any):
    account.fault("wechat.add_material", "http", times="always")
    drafts.request_draft(article)
    work(drafts.MAX_ATTEMPTS + 1)
    row = draft_of(article)
    assert row.state == WeChatDraft.State.FAILED
    assert "请稍后再发送一次" in row.problem


def test_two_workers_do_not_send_at_once(account: Any, article: ArticlePage):
    from django.utils import timezone

    drafts.request_draft(article)
    WeChatDraft.objects.update(claimed_until=timezone.now() + drafts.CLAIM, state=WeChatDraft.State.SENDING)
    work()
    assert in_the_box(account) == []
    WeChatDraft.objects.update(claimed_until=timezone.now() - drafts.CLAIM)
    work()
    assert len(in_the_box(account)) == 1


class TestLimits:
    """The sandbox holds WeChat's limits."""

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"title": "长" * 33}, "45003"),
            ({"author": "长" * 17}, "45110"),
            ({"digest": "长" * 129}, "45004"),
            ({"content": "长" * 20_000}, "45002"),
            ({"cover": "nothing"}, "40007"),
            ({"source_url": "https://x/" + "x" * 1024}, "45005"),
        ],
    )
    def test_of_an_article(self, account: Any, changes: dict[str, str], code: str):
        cover = wechat.upload_cover("c.png", png())
        good = {"title": "题", "author": "", "digest": "", "content": "<p>文</p>", "source_url": "", "cover": cover}
        assert wechat.add(wechat.Article(**good))
        with pytest.raises(Refused) as caught:
            wechat.add(wechat.Article(**{**good, **changes}))
        assert caught.value.code == code

    def test_of_pictures(self, account: Any):
        for content, code in (
            (b"GIF89a", "40005"),
            (b"\xff\xd8\xff" + b"x" * 1_000_000, "40009"),
            (b"<html>", "40005"),
        ):
            with pytest.raises(Refused) as caught:
                wechat.upload_picture("a.jpg", content)
            assert caught.value.code == code

    def test_scripts_and_foreign_pictures_are_filtered_out(self, account: Any):
        cover = wechat.upload_cover("c.png", png())
        content = '<p>文</p><script>x</script><img src="https://evil.example/a.png">'
        wechat.add(wechat.Article("题", "", "", content, "", cover))
        assert in_the_box(account)[0]["content"] == "<p>文</p>"


class TestDesk:
    """What staff see."""

    def test_an_editor_asks_and_sees_the_result(self, account: Any, article: ArticlePage, client: Client):
        setup_roles()
        client.force_login(builders.staff(EDITOR))
        url = reverse("articles_draft", args=[article.pk])
        assert "送到公众号草稿箱" in client.get(url).content.decode()
        client.post(url)
        assert "等待发送" in client.get(url).content.decode()
        assert 'http-equiv="refresh"' in client.get(url).content.decode()
        client.post(url)
        work()
        html = client.get(url).content.decode()
        assert "已送到公众号草稿箱" in html and draft_of(article).url in html
        listed = client.get(reverse("article_list:index")).content.decode()
        for words in ("入冬胃痛别拖", "健康科普", "已送草稿箱"):
            assert words in listed
        assert len(in_the_box(account)) == 1

    def test_others_may_not(self, account: Any, article: ArticlePage, client: Client):
        setup_roles()
        client.force_login(builders.staff(FINANCE))
        assert client.post(reverse("articles_draft", args=[article.pk])).status_code in {302, 403}
        assert not WeChatDraft.objects.exists()

    def test_without_an_account_a_sentence_says_so(self, article: ArticlePage, settings: Any):
        settings.WECHAT = {**settings.WECHAT, "APP_ID": "", "SECRET": ""}
        drafts.request_draft(article)
        work()
        assert "还没有接公众号" in draft_of(article).problem
        assert not WeChatPicture.objects.exists() and Image.objects.exists()
