"""The one way out: deadlines, one host, masked log rows, clear endings."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from business.integration.http import ForbiddenAddress, OutsideClient
from business.integration.models import CallLog
from business.integration.outcomes import NotSent, Refused, Unknown
from tests.integration.server import BadServer, drips, hangs_up, says, sleeps

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Iterator[BadServer]:
    running = BadServer()
    yield running
    running.close()


@pytest.fixture
def outside(server: BadServer) -> OutsideClient:
    return OutsideClient("his", server.url, timeout=1.0)


@pytest.mark.req("45.1")
def test_a_call_leaves_one_masked_row(server: BadServer, outside: OutsideClient) -> None:
    server.behaviours["/patients"] = says('{"name": "林晓雯", "card_no": "C12345678901"}', Request_ID="r-1")

    answer = outside.request(
        "POST",
        "/patients",
        operation="create_patient",
        json={"name": "林晓雯", "id_number": "11010519491231002X", "phone": "13871326620", "birth_date": "1949-12-31"},
        params={"access_token": "secret-token"},
        trade_no="T1",
    )

    row = CallLog.objects.get()
    assert answer.json()["name"] == "林晓雯"
    assert (row.system, row.operation, row.trade_no) == ("his", "create_patient", "T1")
    assert (row.outcome, row.http_status, row.request_id) == ("ok", 200, "r-1")
    for secret in ("林晓雯", "11010519491231002X", "13871326620", "secret-token", "1949", "C12345678901"):
        assert secret not in row.request + row.answer
    assert "**雯" in row.answer
    assert "林晓雯" not in repr(answer)


@pytest.mark.parametrize(
    ("behaviour", "code", "status"),
    [
        (says("{}", 500), "", 500),
        (says("busy", 503), "", 503),
        (hangs_up, "BROKEN", None),
        (sleeps, "TIMEOUT", None),
        (drips(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500), "TIMEOUT", None),
        (drips(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900), "TIMEOUT", None),
    ],
    ids=["500", "503", "hangs up", "silent", "slow headers", "slow body"],
)
def test_what_nobody_can_tell_is_unknown_and_ends_in_time(
    server: BadServer, outside: OutsideClient, behaviour: Any, code: str, status: int | None
) -> None:
    server.behaviours["/x"] = behaviour
    began = time.monotonic()

    with pytest.raises(Unknown) as caught:
        outside.request("POST", "/x", operation="x", json={})

    assert not isinstance(caught.value, NotSent)
    assert time.monotonic() - began < 2.5
    row = CallLog.objects.get()
    assert (row.outcome, row.code, row.http_status) == ("unknown", code, status)
    assert len(server.heard) == 1, "a write is never repeated by itself"


def test_a_read_is_repeated_once_over_a_broken_connection(server: BadServer, outside: OutsideClient) -> None:
    signatures = iter(("one", "two"))
    answers = iter((hangs_up, says("{}")))

    def once_broken(*args: Any) -> None:
        next(answers)(*args)

    server.behaviours["/x"] = once_broken

    with outside.call("x") as call:
        call.request("GET", "/x", sign=lambda method, target, body: {"X-Nonce": next(signatures)})

    assert [b"X-Nonce: one" in server.heard[0], b"X-Nonce: two" in server.heard[1]] == [True, True]
    assert CallLog.objects.get().outcome == "ok"


def test_no_connection_means_nothing_was_sent() -> None:
    with pytest.raises(NotSent):
        OutsideClient("his", "http://127.0.0.1:1", timeout=1).request("POST", "/x", operation="x")

    assert CallLog.objects.get().code == "NO_CONNECTION"


def test_a_switched_off_system_is_not_called(server: BadServer, outside: OutsideClient, settings: Any) -> None:
    settings.OUTSIDE_OFF = frozenset({"his"})

    with pytest.raises(NotSent):
        outside.request("GET", "/x", operation="x")

    assert server.heard == []
    assert CallLog.objects.get().code == "SWITCHED_OFF"


def test_the_way_out_of_the_with_is_the_outcome(server: BadServer, outside: OutsideClient) -> None:
    server.behaviours["/x"] = says('{"code": "SLOT_TAKEN"}')

    with pytest.raises(Refused), outside.call("refused") as call:
        raise Refused(call.request("GET", "/x").json()["code"], "no")
    with pytest.raises(Unknown, match="unreadable answer"), outside.call("unreadable") as call:
        call.request("GET", "/x").json()["data"]

    assert list(CallLog.objects.order_by("id").values_list("operation", "outcome", "code")) == [
        ("refused", "refused", "SLOT_TAKEN"),
        ("unreadable", "unknown", "KeyError"),
    ]


def test_4xx_is_a_refusal_where_the_status_tells_the_ending(server: BadServer, outside: OutsideClient) -> None:
    server.behaviours["/x"] = says("no 13871326620", 404)

    with pytest.raises(Refused) as caught:
        outside.request("GET", "/x", operation="x")

    assert caught.value.code == "HTTP_404"
    assert "13871326620" not in caught.value.message


@pytest.mark.parametrize(
    "path", ["http://evil.example/x", "//evil.example/x", "x", "@evil.example", "/../x/..", "/a\\b", "/a/../../x"]
)
def test_no_path_leads_to_another_host(server: BadServer, outside: OutsideClient, path: str) -> None:
    with pytest.raises(ForbiddenAddress):
        outside.request("GET", path, operation="x")

    assert server.heard == []


def test_a_redirect_is_not_followed(server: BadServer, outside: OutsideClient) -> None:
    server.behaviours["/x"] = says("", 302, Location=f"{server.url}/secret")

    answer = outside.request("GET", "/x", operation="x")

    assert answer.status == 302
    assert len(server.heard) == 1


def test_an_address_that_the_system_gave_must_be_its_own(server: BadServer, outside: OutsideClient) -> None:
    assert outside.path_of(f"{server.url}/bill?token=1") == "/bill?token=1"
    for url in (f"{server.url}.evil.example/bill", "http://evil.example/bill", f"{server.url}@evil.example/"):
        with pytest.raises(ForbiddenAddress):
            outside.path_of(url)


@pytest.mark.parametrize("url", ["ftp://x", "file:///etc/passwd", "http://user:word@x", "x", "http://"])
def test_an_address_must_be_plain_http(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        OutsideClient("his", url)


def test_an_answer_without_end_is_cut(server: BadServer) -> None:
    server.behaviours["/x"] = says("x" * 5000)

    with pytest.raises(Unknown, match="too large"):
        OutsideClient("his", server.url, max_bytes=4000).request("GET", "/x", operation="x")


def test_a_long_answer_is_logged_by_its_size_alone(server: BadServer, outside: OutsideClient) -> None:
    server.behaviours["/x"] = says('{"name": "' + "林晓雯" * 50_000 + '"}')

    outside.request("GET", "/x", operation="x")

    assert CallLog.objects.get().answer == "(450012 bytes)"


def test_no_proxy_of_the_environment_is_used(
    server: BadServer, outside: OutsideClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server.behaviours["/x"] = says("{}")

    assert outside.request("GET", "/x", operation="x").status == 200


@pytest.mark.django_db(transaction=True)
def test_a_call_inside_a_transaction_is_a_fault_of_ours(server: BadServer, outside: OutsideClient) -> None:
    with pytest.raises(RuntimeError, match="never call outside"), transaction.atomic():
        outside.request("GET", "/x", operation="x")

    assert server.heard == []


@pytest.mark.django_db(transaction=True)
def test_the_log_survives_whatever_follows_the_call(server: BadServer, outside: OutsideClient) -> None:
    server.behaviours["/x"] = sleeps
    with pytest.raises(Unknown):
        outside.request("GET", "/x", operation="x")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError

    assert CallLog.objects.get().code == "TIMEOUT"


def test_a_forked_child_has_connections_of_its_own(server: BadServer, outside: OutsideClient) -> None:
    parent = outside.pool
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, b"own" if outside.pool is not parent else b"shared")
        os._exit(0)
    os.wait()

    assert os.read(reader, 10) == b"own"
    assert outside.pool is parent
