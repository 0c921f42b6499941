"""What every test may use: the database chosen for this run, the sandbox, the running portal, a phone's browser."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models.signals import post_migrate

from deploy.launcher import browser as system_browser
from tests.outside import point_portal_at
from tests.portal import RunningPortal, StandingPortal

# Playwright's synchronous API keeps an event loop in this thread; the database calls of tests are still ordinary ones.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

DATABASE_MARKERS = ("postgres", "mariadb", "sqlite")
# The first test on the running portal waits for a whole first start: migrations and the demonstration hospital.
PORTAL_SECONDS = 400
PHONE = {"width": 390, "height": 844}
_IN_CI = os.environ.get("CI", "").lower() in {"true", "1"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to another database; tests on the running portal stay together, so that there is one."""
    here, elsewhere = [], []
    for item in items:
        wanted = {name for name in DATABASE_MARKERS if item.get_closest_marker(name)}
        (here if not wanted or settings.TEST_DATABASE in wanted else elsewhere).append(item)
        if "portal" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("portal"))
            item.add_marker(pytest.mark.timeout(PORTAL_SECONDS))
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = here


@pytest.fixture(scope="session", autouse=True)
def roots_survive_flushes() -> Iterator[None]:
    """Plant again what migrations planted, whenever a transactional test has emptied the database."""
    from django.contrib.contenttypes.models import ContentType
    from wagtail.models import Collection, Locale, Page

    def plant(sender: Any, **kwargs: Any) -> None:
        if sender.label != "wagtailcore" or Page.objects.exists():
            return
        Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
        Page.add_root(title="全部站点", slug="root", content_type=ContentType.objects.get_for_model(Page))
        if not Collection.objects.exists():
            Collection.add_root(name="Root")

    post_migrate.connect(plant, dispatch_uid="tests.roots")
    yield
    post_migrate.disconnect(dispatch_uid="tests.roots")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Forget the pages that the test before has kept: its database is gone."""
    from cms.pages.cache import marks, memo
    from cms.pages.cache.shells import store

    store.forget()
    memo.forget()
    marks.forget()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with the reason, what this machine cannot do; in CI that is a failure instead."""
    if item.get_closest_marker("browser") and not system_browser.find():
        _cannot("no Chromium on this machine (set CHROMIUM_PATH)")
    if item.get_closest_marker("redis"):
        reason = _redis_missing()
        if reason:
            _cannot(f"no Redis at {redis_url()}: {reason}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Leave the counts for `make test`, which adds up the runs on the three databases."""
    file = os.environ.get("PH_TEST_COUNTS")
    if file and not os.environ.get("PYTEST_XDIST_WORKER"):
        names = {"error": "errors"}
        counts = {names.get(key, key): len(reports) for key, reports in terminalreporter.stats.items() if key}
        Path(file).write_text(json.dumps(counts))


def _cannot(reason: str) -> None:
    if _IN_CI:
        pytest.fail(f"{reason}; CI requires it")
    pytest.skip(reason)


def redis_url() -> str:
    """Where the tests' Redis is; a database of its own, emptied by the tests that use it."""
    return os.environ.get("PH_TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"


def _redis_missing() -> str:
    import redis

    try:
        redis.Redis.from_url(redis_url(), socket_connect_timeout=2).ping()
    except (redis.RedisError, OSError) as error:
        return str(error)
    return ""


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give one sandbox over real HTTP for the whole session; most tests want `sandbox` instead."""
    from sandbox.testing import running_sandbox

    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "http://testserver", refund_seconds=0.1) as running:
        yield running


@pytest.fixture
def sandbox(sandbox_server: Any, settings: Any) -> Iterator[Any]:
    """Give the sandbox with the portal's settings pointing at it; faults a test switches on end with the test."""
    point_portal_at(settings, sandbox_server.url, sandbox_server.credentials)
    yield sandbox_server
    sandbox_server.clear_faults()


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """Give the whole demonstration as `make run` starts it (portal, sandbox, worker), on free ports and fresh data.

    PH_TEST_PORTAL_DIR names the data folder of one that runs already, for the writing of browser tests.
    """
    standing = os.environ.get("PH_TEST_PORTAL_DIR")
    running = StandingPortal(Path(standing)) if standing else RunningPortal(tmp_path_factory.mktemp("portal"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium; it must not call home from a closed network."""
    return {
        **browser_type_launch_args,
        "executable_path": system_browser.find(),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A Chinese patient's phone: `page` is 390 × 844, touch, zh-CN, Shanghai time."""
    return {
        **browser_context_args,
        "viewport": PHONE,
        "is_mobile": True,
        "has_touch": True,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }


@pytest.fixture
def page_without_javascript(browser: Any, browser_context_args: dict[str, Any]) -> Iterator[Any]:
    """The same phone with JavaScript switched off."""
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def desk_page(browser: Any) -> Iterator[Any]:
    """A member of staff's screen, 1440 × 900, not signed in yet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
    yield context.new_page()
    context.close()
