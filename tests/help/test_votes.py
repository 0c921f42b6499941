"""「有帮助吗」: one vote each, changeable, anonymous, with and without JavaScript."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from business.patients.models import Account
from cms.help import votes
from cms.help.models import HelpVote
from tests.factories import AccountFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("30.1")]


def url_of(page: Any) -> str:
    return f"/-/help/{page.pk}/vote/"


def cast(client: Client, page: Any, helpful: str, reason: str = "", *, script: bool = True) -> Any:
    headers = {"HX-Request": "true"} if script else {}
    return client.post(url_of(page), {"helpful": helpful, "reason": reason}, headers=headers)


@pytest.mark.three_databases
def test_a_visitor_votes_once_and_may_change_it(client: Client, make_answer: Any):
    page = make_answer()
    assert "已经记下" in cast(client, page, "1").content.decode()
    html = cast(client, page, "0").content.decode()
    assert "哪里没帮到您" in html
    cast(client, page, "0", "没写\n窗口在哪")
    vote = HelpVote.objects.get()
    assert (vote.is_helpful, vote.reason) == (False, "没写 窗口在哪")
    assert "没写 窗口在哪" in client.get(url_of(page)).content.decode()
    cast(client, page, "1")
    vote.refresh_from_db()
    assert (vote.is_helpful, vote.reason) == (True, "")


@pytest.mark.three_databases
def test_two_visitors_are_two_votes_and_one_visitor_has_one_an_answer(make_answer: Any):
    page, other = make_answer(), make_answer("怎么缴费")
    for client in (Client(), Client()):
        cast(client, page, "1")
        cast(client, other, "0")
    assert HelpVote.objects.count() == 4
    assert HelpVote.objects.values("visitor").distinct().count() == 4, "votes of one person cannot be put together"
    with pytest.raises(IntegrityError), transaction.atomic():
        HelpVote.objects.create(answer=page, visitor=page.votes.first().visitor, is_helpful=False)


def test_an_account_has_one_vote_on_all_its_phones(make_answer: Any, rf: Any):
    page, account = make_answer(), AccountFactory()

    def request(account: Account) -> Any:
        asked = rf.post("/", {"helpful": "0"})
        asked.account = account
        return asked

    assert votes.cast(page, request(account)) == "", "an account needs no cookie"
    votes.cast(page, request(account))
    assert HelpVote.objects.count() == 1
    assert account.ref not in HelpVote.objects.get().visitor


def test_without_javascript_the_page_comes_back_with_the_vote(client: Client, make_answer: Any):
    page = make_answer()
    whole = client.get(page.url, {"whole": "1"}).content.decode()
    assert f'action="{url_of(page)}"' in whole and "csrfmiddlewaretoken" in whole
    answer = cast(client, page, "0", script=False)
    assert answer.status_code == 303
    assert answer["Location"] == f"{page.url}?whole=1#helpful"
    assert "已经记下了" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("script", [True, False])
def test_a_refused_vote_keeps_what_was_typed(client: Client, make_answer: Any, script: bool):
    page, long = make_answer(), "看不懂" * 80
    answer = cast(client, page, "0", long, script=script)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "最多写 200 个字" in html and long in html
    assert ("怎么退号" in html) != script, "alone with a script, on its page without"
    assert "请选择有没有帮助" in cast(client, page, "7", script=script).content.decode()
    assert not HelpVote.objects.exists()


def test_numbers_of_people_are_not_kept(client: Client, make_answer: Any):
    cast(client, make_answer(), "0", "打 13812345678 找我，420106199001011234")
    reason = HelpVote.objects.get().reason
    assert "13812345678" not in reason and "420106199001011234" not in reason


def test_one_address_cannot_vote_without_end(make_answer: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(votes, "MOST_OF_ONE_ADDRESS", 2)
    page = make_answer()
    for _ in range(2):
        assert cast(Client(), page, "1").status_code == 200
    answer = cast(Client(), page, "1")
    assert answer.status_code == 422 and "提交得太频繁" in answer.content.decode()
    assert HelpVote.objects.count() == 2
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")
    assert cast(elsewhere, page, "1").status_code == 200


def test_a_forged_cookie_is_a_stranger(client: Client, make_answer: Any):
    page = make_answer()
    cast(client, page, "1")
    client.cookies[votes.COOKIE] = "mine:forged"
    assert "已经记下" not in client.get(url_of(page)).content.decode()


def test_a_vote_needs_the_token_of_the_form(make_answer: Any):
    client, page = Client(enforce_csrf_checks=True), make_answer()
    assert cast(client, page, "1").status_code == 403
    assert not HelpVote.objects.exists()


def test_only_live_answers_take_votes(client: Client, make_answer: Any, home: Any):
    page = make_answer()
    assert client.get(url_of(home)).status_code == 404
    page.unpublish()
    assert client.get(url_of(page)).status_code == 404
    assert cast(client, page, "1").status_code == 404


def test_the_form_is_nobodys_to_keep(client: Client, make_answer: Any):
    answer = client.get(url_of(make_answer()))
    assert "no-store" in answer["Cache-Control"]
    assert votes.COOKIE not in answer.cookies, "looking sets nothing"
