"""The trade bill byte by byte, and when there is one."""

import gzip
import hashlib
from collections.abc import Callable
from datetime import date, timedelta

import httpx
import pytest

from sandbox.app import sandbox_of
from sandbox.testing import RunningSandbox

from .clients import Merchant

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"

Download = Callable[..., httpx.Response]


@pytest.fixture
def day(sandbox: RunningSandbox) -> date:
    return sandbox_of(sandbox.app).clock.today()


@pytest.fixture
def traded(merchant: Merchant, sandbox: RunningSandbox, trade_no: str, openid: str) -> str:
    merchant.place(trade_no, openid, "http://127.0.0.1:9/n", attach="a,b")
    sandbox.pay(trade_no, notify=False)
    merchant.refund(trade_no, f"F{trade_no}", 2000)
    return trade_no


@pytest.fixture
def apply(merchant: Merchant) -> Download:
    def ask(day: date, **more: str) -> httpx.Response:
        query = "&".join(f"{name}={value}" for name, value in {"bill_date": str(day), **more}.items())
        return merchant.send("GET", f"/v3/bill/tradebill?{query}")

    return ask


def fetch(merchant: Merchant, answer: httpx.Response) -> bytes:
    target = answer.json()["download_url"].removeprefix(merchant.url)
    downloaded = merchant.send("GET", target)
    assert downloaded.status_code == 200, downloaded.text
    assert "Wechatpay-Signature" not in downloaded.headers
    return downloaded.content


def test_bill_of_yesterday_in_the_platforms_format(
    merchant: Merchant, sandbox: RunningSandbox, traded: str, apply: Download, day: date
) -> None:
    sandbox.control("POST", "clock", {"advance_seconds": 2 * 86400})
    answer = apply(day, bill_type="ALL")
    content = fetch(merchant, answer)
    assert answer.json()["hash_type"] == "SHA1"
    assert answer.json()["hash_value"] == hashlib.sha1(content, usedforsecurity=False).hexdigest()
    assert content.startswith(b"\xef\xbb\xbf") and content.endswith(b"\r\n")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert "\n" not in "".join(lines)
    header, payment, refund, summary_header, summary, end = lines
    assert (header, summary_header, end) == (HEADER, SUMMARY, "")
    rows = [dict(zip(header.split(","), line.removeprefix("`").split(",`"), strict=True)) for line in (payment, refund)]
    assert [row["交易状态"] for row in rows] == ["SUCCESS", "REFUND"]
    assert [row["商户订单号"] for row in rows] == [traded, traded]
    assert (rows[0]["应结订单金额"], rows[0]["手续费"], rows[0]["微信退款单号"]) == ("50.00", "0.30000", "0")
    assert (rows[1]["退款金额"], rows[1]["申请退款金额"], rows[1]["手续费"]) == ("20.00", "20.00", "-0.12000")
    assert rows[1]["商户退款单号"] == f"F{traded}"
    assert rows[0]["商品名称"] == "消化内科专家门诊挂号费, 12月1日", "a comma stays a comma"
    assert summary.removeprefix("`").split(",`") == ["2", "50.00", "20.00", "0.00", "0.18000", "50.00", "20.00"]


def test_compressed_bill_has_the_hash_of_the_plain_one(
    merchant: Merchant, sandbox: RunningSandbox, traded: str, apply: Download, day: date
) -> None:
    sandbox.control("POST", "settings", {"bill_today": True})
    answer = apply(day, tar_type="GZIP")
    content = fetch(merchant, answer)
    plain = gzip.decompress(content)
    assert hashlib.sha1(plain, usedforsecurity=False).hexdigest() == answer.json()["hash_value"]


def test_success_and_refund_bills_hold_their_own_rows(
    merchant: Merchant, sandbox: RunningSandbox, traded: str, apply: Download, day: date
) -> None:
    sandbox.control("POST", "settings", {"bill_today": True})
    success = fetch(merchant, apply(day, bill_type="SUCCESS")).decode("utf-8-sig").splitlines()
    refund = fetch(merchant, apply(day, bill_type="REFUND")).decode("utf-8-sig").splitlines()
    assert len(success) == len(refund) == 4
    assert "商户退款单号" not in success[0] and "商户退款单号" in refund[0]


def test_bill_is_made_the_next_morning_and_only_of_days_with_trade(
    sandbox: RunningSandbox, traded: str, apply: Download, day: date
) -> None:
    assert apply(day).json()["code"] == "STATEMENT_CREATING"
    assert apply(day - timedelta(days=30)).json()["code"] == "NO_STATEMENT_EXIST"
    assert apply(day - timedelta(days=100)).json()["code"] == "PARAM_ERROR"
    assert apply(day, bill_type="OTHER").json()["code"] == "PARAM_ERROR"
    answer = apply(day)
    assert (answer.status_code, answer.json()["code"]) == (400, "STATEMENT_CREATING")


def test_download_link_cannot_be_made_up(merchant: Merchant) -> None:
    for token in ("", "AAAA", "A" * 90, "%25"):
        answer = merchant.send("GET", f"/v3/billdownload/file?token={token}")
        assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR"), token
