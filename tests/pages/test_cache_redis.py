"""`check --deploy` looks at the Redis that keeps pages."""

from typing import Any

import pytest
import redis

from cms.pages.cache import checks


class _Server:
    """A Redis that tells what it was set up with."""

    def __init__(self, told: dict[str, Any] | Exception) -> None:
        self.told = told

    def __enter__(self) -> "_Server":
        return self

    def __exit__(self, *_unused: object) -> None:
        pass

    def info(self, _section: str) -> dict[str, Any]:
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@pytest.mark.parametrize(
    ("told", "ids", "word"),
    [
        ({"maxmemory": 268435456, "maxmemory_policy": "volatile-lru"}, [], ""),
        ({"maxmemory": 268435456, "maxmemory_policy": "noeviction"}, ["page_cache.W001"], "noeviction"),
        ({"maxmemory": 268435456, "maxmemory_policy": "allkeys-lru"}, ["page_cache.W001"], "任务"),
        ({"maxmemory": 0, "maxmemory_policy": "volatile-lru"}, ["page_cache.W001"], "maxmemory"),
        ({"maxmemory": 0, "maxmemory_policy": "noeviction"}, ["page_cache.W001", "page_cache.W001"], "maxmemory"),
        (redis.ConnectionError("down"), ["page_cache.W002"], "连不上"),
    ],
)
def test_a_redis_that_never_forgets_is_warned_of(
    told: Any, ids: list[str], word: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given kept pages in a Redis of these settings
    settings.PAGE_CACHE_SHARED, settings.REDIS_URL = True, "redis://127.0.0.1:6379/0"
    monkeypatch.setattr(redis.Redis, "from_url", lambda *_args, **_kwargs: _Server(told))
    # When the deployment is checked, then what is wrong with it is said, with the lines to write
    found = checks.redis_forgets()
    assert [each.id for each in found] == ids
    assert all("volatile-lru" in str(each.hint) for each in found)
    assert word in "".join(str(each.msg) for each in found)


def test_without_redis_there_is_nothing_to_check(settings: Any) -> None:
    settings.PAGE_CACHE_SHARED = False
    assert checks.redis_forgets() == []
