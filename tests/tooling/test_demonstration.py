"""`make run` as a whole: what it prints, how it starts again, how it ends."""

import os
import re
import signal
import sys
import time

import httpx
import pytest

from tests.portal import RunningPortal

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="finds processes through /proc")


def sign_in(portal: RunningPortal, role: str, password: str) -> httpx.Response:
    with httpx.Client(base_url=portal.url, follow_redirects=True, trust_env=False) as client:
        form = client.get("/staff/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token
        return client.post(
            "/staff/login/",
            data={"username": role, "password": password, "csrfmiddlewaretoken": token[1]},
            headers={"Referer": f"{portal.url}/staff/login/"},
        )


def test_the_printed_addresses_and_accounts_are_true(portal: RunningPortal) -> None:
    printed = portal.printed()

    assert httpx.get(f"{portal.url}/", trust_env=False).status_code == 200
    assert httpx.get(f"{portal.sandbox_url}/", trust_env=False).status_code == 200
    for address in (f"{portal.url}/", f"{portal.sandbox_url}/", f"{portal.url}/staff/"):
        assert address in printed
    for role in ("editor", "admin", "finance"):
        assert portal.password(role) in printed
        assert sign_in(portal, role, portal.password(role)).url.path == "/staff/"
        assert sign_in(portal, role, "wrong").url.path == "/staff/login/"


def test_a_second_start_keeps_the_data_and_repeats_nothing(portal: RunningPortal) -> None:
    password = portal.password("editor")

    assert portal.stop() == 0, portal.printed()
    assert "已全部停止" in portal.printed()
    portal.start()

    assert portal.password("editor") == password
    assert "正在建立数据库" not in portal.printed()
    assert "正在载入演示医院" not in portal.printed()
    assert sign_in(portal, "editor", password).url.path == "/staff/"


@linux_only
def test_a_service_that_dies_is_named_and_the_others_are_stopped(portal: RunningPortal) -> None:
    for process in portal.processes("run_worker"):
        os.kill(process, signal.SIGKILL)

    code = portal.wait()

    assert code == 1
    assert "后台任务（worker）意外退出" in portal.printed()
    assert portal.processes("gunicorn") == []
    portal.start()


@linux_only
def test_nothing_is_left_behind_when_the_launcher_itself_is_killed(portal: RunningPortal) -> None:
    for process in portal.processes("deploy.launcher"):
        os.kill(process, signal.SIGKILL)
    portal.wait()

    for _ in range(100):
        left = portal.processes("gunicorn") + portal.processes("run_worker")
        if not left:
            break
        time.sleep(0.1)

    assert left == []
    portal.start()
