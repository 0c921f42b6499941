"""`manage.py check --deploy`: a Redis that never forgets fills up with pages that nobody asks for any more."""

from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ASKED_FOR_SECONDS = 2
ADVICE = gettext_noop(
    "在 redis.conf 里设 maxmemory（例如 256mb）和 maxmemory-policy volatile-lru：满了就丢最久不用的页面；"
    "任务队列没有期限，不会被丢。"
)


@register(Tags.caches, deploy=True)
def redis_forgets(**_unused: Any) -> list[Warning]:
    """Warn where the Redis of kept pages has no limit, forgets nothing, or would forget queued work."""
    if not settings.PAGE_CACHE_SHARED:
        return []
    limit, policy = _limit_and_policy()
    if policy is None:
        return [
            Warning(
                _("连不上 Redis，或它不许查看配置，没能检查 maxmemory。"),
                hint=_(ADVICE),
                id="page_cache.W002",
                obj="Redis",
            )
        ]
    problems: list[str] = []
    if not limit:
        problems.append(_("Redis 没有 maxmemory：保存的页面会一直占用内存，直到系统内存耗尽。"))
    if policy == "noeviction":
        problems.append(_("Redis 的 maxmemory-policy 是 noeviction：满了以后什么也写不进去。"))
    elif policy.startswith("allkeys-"):
        problems.append(_("Redis 的 maxmemory-policy 是 %(policy)s：满了会丢掉排队的任务。") % {"policy": policy})
    return [Warning(problem, hint=_(ADVICE), id="page_cache.W001", obj="Redis") for problem in problems]


def _limit_and_policy() -> tuple[int, str | None]:
    """Return maxmemory and the policy; no policy where Redis does not say."""
    import redis

    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=ASKED_FOR_SECONDS, socket_timeout=ASKED_FOR_SECONDS
        ) as server:
            # INFO and not CONFIG, which managed services refuse.
            found: dict[str, Any] = server.info("memory")  # type: ignore[assignment]
    except (redis.RedisError, ValueError):
        return 0, None
    policy = found.get("maxmemory_policy")
    return int(found.get("maxmemory") or 0), str(policy) if policy else None
