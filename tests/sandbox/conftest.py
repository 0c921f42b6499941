"""One sandbox for all tests of this folder, reset before each."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.app import sandbox_of
from sandbox.testing import RunningSandbox, running_sandbox

from .clients import HisClient, Merchant, Receiver, openid_of, receiving

PORTAL = "http://127.0.0.1:8000"
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), PORTAL) as running:
        yield running


@pytest.fixture
def sandbox(served: RunningSandbox) -> RunningSandbox:
    served.reset()
    served.control(
        "POST",
        "settings",
        {"callback_speed": 100, "refund_seconds": 0.1, "callback_timeout": 2, "bill_today": False},
    )
    return served


@pytest.fixture
def his(sandbox: RunningSandbox) -> Iterator[HisClient]:
    client = HisClient(sandbox.url, sandbox.credentials)
    yield client
    client.http.close()


@pytest.fixture
def merchant(sandbox: RunningSandbox) -> Iterator[Merchant]:
    client = Merchant(sandbox.url, sandbox.credentials)
    yield client
    client.http.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture
def openid(sandbox: RunningSandbox) -> str:
    return openid_of(sandbox, "zhangwei")


@pytest.fixture
def trade_no() -> str:
    return f"T{secrets.token_hex(8)}{next(numbers)}"


@pytest.fixture
def patient(his: HisClient) -> str:
    body = {"id_type": "01", "id_number": "42010219860512013X", "name": "张伟"}
    return str(his.post("/patients/find", body)["patient_id"])


@pytest.fixture
def tomorrow(sandbox: RunningSandbox) -> dict[str, str]:
    """From and to of the days after today, so that no number is over yet."""
    today = sandbox_of(sandbox.app).clock.today()
    return {"from": str(today + timedelta(days=1)), "to": str(today + timedelta(days=13))}


@pytest.fixture
def schedules(his: HisClient, tomorrow: dict[str, str]) -> list[dict[str, Any]]:
    """Open clinics with numbers left."""
    return [row for row in his.get("/schedules", **tomorrow) if row["state"] == "open" and row["remaining"] > 2]


@pytest.fixture
def ask(
    his: HisClient, schedules: list[dict[str, Any]], tomorrow: dict[str, str], patient: str, trade_no: str
) -> dict[str, Any]:
    """A lock that should succeed."""
    schedule = schedules[0]
    slots = his.get("/slots", schedule_code=schedule["code"], **tomorrow)
    free = next(slot for slot in slots if slot["state"] == "free")
    return {
        "trade_no": trade_no,
        "slot_code": free["code"],
        "patient_id": patient,
        "fee_fen": schedule["fee_fen"],
        "hold_seconds": 900,
    }


@pytest.fixture
def payment() -> Callable[..., dict[str, Any]]:
    """Body of a confirmation for a lock."""

    def confirmation(ask: dict[str, Any], lock: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return {
            "trade_no": ask["trade_no"],
            "lock_id": lock["lock_id"],
            "paid_fen": ask["fee_fen"],
            "pay_channel": "wechat",
            "pay_transaction_id": "4200" + "1" * 24,
            "paid_at": "2026-11-22T10:00:00+08:00",
            **changes,
        }

    return confirmation
