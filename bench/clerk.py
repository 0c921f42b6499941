"""Clerks: a process with threads that books through the service, or repeats the bare SQL (`python -m bench.clerk`)."""

import json
import pickle
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import django


def hold(task: dict[str, Any]) -> str:
    """Book through the service; return ``ok`` or the code of the refusal."""
    from business.patients.models import Account
    from business.registration import services
    from business.security.errors import PortalError

    try:
        # As the session gives it; the statement that reads the session belongs to the request, not to the booking.
        account = Account(pk=task["account"], ref=task["account_ref"])
        services.hold(account=account, patient_ref=task["patient"], slot_ref=task["slot"], request_key=task["key"])
    except PortalError as refusal:
        return refusal.code
    return "ok"


class Bare:
    """Repeats the recorded statements on each thread's own raw connection."""

    def __init__(self, script: Path) -> None:
        """Read what the run recorded."""
        self._script = pickle.loads(script.read_bytes())  # noqa: S301  # our own file in the scratch folder

    def __call__(self, task: dict[str, Any]) -> str:
        """Do the script once."""
        from django.db import connection

        from bench.replay import play

        connection.ensure_connection()
        cursor = connection.connection.cursor()
        try:
            play(cursor, self._script, task["names"], qmark=connection.vendor == "sqlite")
        finally:
            cursor.close()
        return "ok"


def hot_row(task: dict[str, Any]) -> str:
    """Take one from the counter of a single row: the bare transaction on one hot row."""
    from django.db import connection

    connection.ensure_connection()
    cursor = connection.connection.cursor()
    try:
        cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        cursor.execute("UPDATE bench_hot SET remaining = remaining - 1 WHERE id = 1 AND remaining > 0")
        sold = cursor.rowcount
        if sold:
            cursor.execute(f"INSERT INTO bench_sale (buyer) VALUES ({int(task['account'])})")  # noqa: S608  # a number
        cursor.execute("COMMIT")
    finally:
        cursor.close()
    return "ok" if sold else "sold_out"


def do(job: dict[str, Any], pool: ThreadPoolExecutor, threads: int) -> dict[str, Any]:
    """Do all tasks of a job with all threads at once, beginning at the same moment as the other clerks."""
    act: Callable[[dict[str, Any]], str] = {"hold": hold, "hot": hot_row}.get(job["do"]) or Bare(Path(job["script"]))
    waiting, guard = list(reversed(job["tasks"])), threading.Lock()
    latencies: list[float] = []
    outcomes: Counter[str] = Counter()

    def work() -> None:
        while True:
            with guard:
                if not waiting:
                    return
                task = waiting.pop()
            began = time.perf_counter()
            outcome = act(task)
            took = time.perf_counter() - began
            with guard:
                latencies.append(took)
                outcomes[outcome] += 1

    time.sleep(max(0.0, job["start_at"] - time.time()))
    for future in [pool.submit(work) for _ in range(threads)]:
        future.result()
    return {"ended_at": time.time(), "latencies": latencies, "outcomes": outcomes}


def main() -> None:
    """Do one job a line until the input ends."""
    django.setup()
    from bench.memory_his import install

    install()
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            try:
                answer = do(json.loads(line), pool, threads)
            except Exception as error:
                answer = {"error": f"clerk: {type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    from bench.clerk import main as run

    run()
