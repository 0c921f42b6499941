"""The outbox with Redis: RQ is told at once, and an emptied Redis loses nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from business.integration import outbox
from business.integration.models import OutboxItem
from tests.conftest import redis_url

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]

done: list[dict[str, Any]] = []


@pytest.fixture
def queue(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import django_rq
    from django_rq import settings as rq_settings

    queues = {"outbox": {"URL": redis_url(), "DEFAULT_TIMEOUT": 120}}
    settings.REDIS_URL = redis_url()
    settings.RQ_QUEUES = queues
    monkeypatch.setattr(rq_settings, "get_queues_map", lambda: queues, raising=False)
    monkeypatch.setattr(rq_settings, "QUEUES", queues, raising=False)
    monkeypatch.setattr(outbox, "_announced", {})
    monkeypatch.setitem(outbox._handlers, "note", outbox.Handler(done.append, 3))
    done.clear()
    found = django_rq.get_queue("outbox")
    found.empty()
    yield found
    found.empty()


def work_off(queue: Any) -> None:
    from rq import SimpleWorker

    SimpleWorker([queue], connection=queue.connection).work(burst=True, logging_level="WARNING")


def test_new_work_is_done_by_rq_at_once(queue: Any) -> None:
    outbox.enqueue("note", {"n": 1}, key="k")
    assert len(queue) == 1

    work_off(queue)

    assert done == [{"n": 1}]
    assert OutboxItem.objects.get().state == "done"


def test_an_emptied_redis_loses_nothing(queue: Any) -> None:
    outbox.enqueue("note", {"n": 1}, key="k")
    queue.empty()

    assert outbox.announce_due() == 1
    work_off(queue)

    assert done == [{"n": 1}]


def test_a_redis_that_is_away_does_not_stop_the_business(queue: Any, settings: Any, monkeypatch: Any) -> None:
    import django_rq

    def away(name: str) -> Any:
        raise ConnectionError("no Redis")

    monkeypatch.setattr(django_rq, "get_queue", away)
    outbox.enqueue("note", {"n": 1}, key="k")

    assert outbox.run_due() == 1
    assert done == [{"n": 1}]
