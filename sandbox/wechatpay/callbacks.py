"""Notices to the merchant: signed, encrypted, repeated on WeChat's schedule until answered 200 or 204."""

import http.client
import json
import sqlite3
import ssl
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.clock import wire_timestamp
from sandbox.faults import Fault
from sandbox.wechatpay.crypto import answer_text, encrypt, nonce, sign

if TYPE_CHECKING:
    from sandbox.context import Sandbox

__all__ = ["RETRY_SECONDS", "Dispatcher", "compose", "enqueue"]

RETRY_SECONDS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
LEASE_SECONDS = 60.0
IDLE_SECONDS = 1.0
STALE_SECONDS = 600
SNIPPET = 500
ORIGINAL_TYPES = {"pay": "transaction", "refund": "refund"}
SUMMARIES = {"TRANSACTION.SUCCESS": "支付成功", "REFUND.SUCCESS": "退款成功", "REFUND.ABNORMAL": "退款异常",
             "REFUND.CLOSED": "退款关闭"}  # fmt: skip


def enqueue(
    db: sqlite3.Connection,
    sandbox: "Sandbox",
    *,
    kind: str,
    event_type: str,
    out_trade_no: str,
    url: str,
    resource: dict[str, Any],
    out_refund_no: str | None = None,
    deliver_now: bool = False,
) -> str:
    """Write a notice in the caller's transaction and return its id.

    With ``deliver_now`` the caller sends it itself after committing, so the dispatcher is kept off for a while.
    """
    notice_id = str(uuid.uuid4())
    db.execute(
        "INSERT INTO callbacks VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?)",
        (
            notice_id, kind, event_type, out_trade_no, out_refund_no, url, json.dumps(resource, ensure_ascii=False),
            time.time() + (LEASE_SECONDS if deliver_now else 0), sandbox.clock.now().isoformat(),
        ),
    )  # fmt: skip
    return notice_id


def compose(sandbox: "Sandbox", row: sqlite3.Row, fault: Fault | None = None) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of one sending, twisted by a fault where one is on."""
    twist = fault.kind if fault else ""
    resource_nonce = nonce(12)
    resource = json.loads(row["resource"])
    mchid = resource.get("sp_mchid") or resource.get("combine_mchid") or resource["mchid"]
    serial, key = sandbox.signer(mchid)
    associated = ORIGINAL_TYPES[row["kind"]]
    plaintext = _twisted(resource, twist)
    body = json.dumps(
        {
            "id": row["id"],
            "create_time": row["created_at"],
            "resource_type": "encrypt-resource",
            "event_type": row["event_type"],
            "summary": SUMMARIES.get(row["event_type"], row["event_type"]),
            "resource": {
                "original_type": associated,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": encrypt(sandbox.apiv3_key(mchid), resource_nonce, associated, plaintext),
                "associated_data": associated,
                "nonce": resource_nonce,
            },
        },
        ensure_ascii=False,
    )
    timestamp = str(wire_timestamp() - (STALE_SECONDS if twist == "stale" else 0))
    header_nonce = nonce()
    signed = answer_text(timestamp, header_nonce, body)
    signature = sign(key, signed + "tampered" if twist == "wrong_signature" else signed)
    if twist == "signtest":
        signature = "WECHATPAY/SIGNTEST/" + signature
    return body.encode(), {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "User-Agent": "Mozilla/4.0",
        "Request-ID": nonce(24),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": signature,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": header_nonce,
    }


def _twisted(resource: dict[str, Any], twist: str) -> str:
    if twist == "wrong_amount":
        resource["amount"]["total"] += 1
    elif twist == "wrong_currency":
        resource["amount"]["currency"] = "USD"
    elif twist == "wrong_mchid":
        resource["mchid"] = "1900000000"
    elif twist == "wrong_appid":
        resource["appid"] = "wx0000000000000000"
    return json.dumps(resource, ensure_ascii=False)


class Dispatcher:
    """A thread that settles due refunds and sends due notices; deliveries run beside each other."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="callback")
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin; notices a former run left leased become due again."""
        with self._sandbox.store.write() as db:
            db.execute("UPDATE callbacks SET next_at = ? WHERE state = 'pending' AND attempts = 0", (time.time(),))
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a delivery under way is left to finish."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=3)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                pause = self._work()
            except sqlite3.Error:
                pause = IDLE_SECONDS  # The file was busy or is being reset; the next round sees it whole.
            self._wake.wait(pause)

    def _work(self) -> float:
        from sandbox.wechatpay.refunds import settle_due  # refunds use this module

        store = self._sandbox.store
        refund_due = settle_due(self._sandbox)
        now = time.time()
        due = store.all("SELECT id FROM callbacks WHERE state IN ('pending', 'held') AND next_at <= ?", (now,))
        if due:
            # Only this thread leases, so what was due a moment ago is still nobody else's.
            with store.write() as db:
                db.executemany(
                    "UPDATE callbacks SET state = 'pending', next_at = ? WHERE id = ?",
                    [(now + LEASE_SECONDS, row["id"]) for row in due],
                )
        for row in due:
            self._pool.submit(self.deliver, row["id"])
        waiting = store.one("SELECT MIN(next_at) AS next_at FROM callbacks WHERE state IN ('pending', 'held')")
        times = [at for at in (refund_due, waiting["next_at"] if waiting else None) if at is not None]
        return max(0.02, min([IDLE_SECONDS, *(at - time.time() for at in times)]))

    def deliver(self, notice_id: str) -> None:
        """Send one notice now and plan what follows from the answer."""
        store = self._sandbox.store
        row = store.one("SELECT * FROM callbacks WHERE id = ?", (notice_id,))
        if row is None or row["state"] != "pending":
            return
        fault = self._sandbox.faults.take(f"callback.{row['kind']}", row["resource"])
        kind = fault.kind if fault else ""
        if fault and kind == "none":
            self._plan(row, "suppressed")
        elif fault and kind == "delay":
            self._plan(row, "pending", fault.ms / 1000)
        elif fault and kind == "out_of_order":
            self._plan(row, "held", fault.seconds)
        elif fault and kind in {"duplicate", "replay"}:
            self._after(row, any(self._copies(row, fault)))
        else:
            self._after(row, self._send(row, fault))

    def _copies(self, row: sqlite3.Row, fault: Fault) -> list[bool]:
        same = compose(self._sandbox, row) if fault.kind == "replay" else None
        if not fault.concurrent:
            return [self._send(row, None, same) for _ in range(fault.copies)]
        with ThreadPoolExecutor(max_workers=fault.copies) as pool:
            return list(pool.map(lambda _: self._send(row, None, same), range(fault.copies)))

    def _send(
        self, row: sqlite3.Row, fault: Fault | None, composed: tuple[bytes, dict[str, str]] | None = None
    ) -> bool:
        """Post once and write down the answer; True for 200 and 204."""
        body, headers = composed or compose(self._sandbox, row, fault)
        started = time.perf_counter()
        status, answer = _post(row["url"], body, headers, self._sandbox.options.callback_timeout)
        with self._sandbox.store.write() as db:
            db.execute(
                "INSERT INTO callback_attempts (callback_id, at, status, answer, ms) SELECT ?, ?, ?, ?, ?"
                " WHERE EXISTS (SELECT 1 FROM callbacks WHERE id = ?)",
                (
                    row["id"], self._sandbox.clock.now().isoformat(), status, answer[:SNIPPET],
                    int((time.perf_counter() - started) * 1000), row["id"],
                ),
            )  # fmt: skip
            db.execute("UPDATE callbacks SET attempts = attempts + 1 WHERE id = ?", (row["id"],))
        return status in {200, 204}

    def _after(self, row: sqlite3.Row, delivered: bool) -> None:
        if delivered:
            self._plan(row, "delivered")
            if row["kind"] == "refund":
                self._release_held(row["out_trade_no"])
            return
        tries = row["attempts"]
        if tries >= len(RETRY_SECONDS):
            self._plan(row, "given_up")
        else:
            self._plan(row, "pending", RETRY_SECONDS[tries] / self._sandbox.options.callback_speed)

    def _plan(self, row: sqlite3.Row, state: str, wait_seconds: float = 0) -> None:
        with self._sandbox.store.write() as db:
            db.execute(
                "UPDATE callbacks SET state = ?, next_at = ? WHERE id = ?",
                (state, time.time() + wait_seconds, row["id"]),
            )
        self.wake()

    def _release_held(self, out_trade_no: str) -> None:
        with self._sandbox.store.write() as db:
            db.execute(
                "UPDATE callbacks SET state = 'pending', next_at = ? WHERE state = 'held' AND out_trade_no = ?",
                (time.time(), out_trade_no),
            )
        self.wake()


def _post(url: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int | None, str]:
    """Post without proxies or redirects, as a payment platform does; (None, reason) where no answer came."""
    target = urlsplit(url)
    host, port = target.hostname or "", target.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
        if target.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=timeout)
    )
    try:
        connection.request("POST", target.path or "/", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(SNIPPET).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
