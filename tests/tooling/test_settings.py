"""Settings that are missing or wrong stop the start, all of them named in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cms.settings import content_security
from cms.settings.reader import Reader, SettingsError
from deploy.launcher.checks import production_environment

ROOT = Path(__file__).resolve().parents[2]


def check(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PH_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_names_everything_that_is_missing_at_once() -> None:
    result = check({"DJANGO_SETTINGS_MODULE": "cms.settings.production"})

    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    for name in ("PH_SECRET_KEY", "PH_DATABASE_URL", "PH_FIELD_KEYS", "PH_HIS_SECRET", "PH_WECHATPAY_APIV3_KEY"):
        assert f"{name} 缺少" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PH_SECRET_KEY", "short"),
        ("PH_ALLOWED_HOSTS", "*"),
        ("PH_PORTAL_URL", "http://portal.example.org"),
        ("PH_DATABASE_URL", "sqlite:///portal.sqlite3"),
        ("PH_DATABASE_URL", "nonsense"),
        ("PH_FIELD_KEYS", "k1:c2hvcnQ="),
        ("PH_BLIND_INDEX_KEY", "not base64"),
        ("PH_WECHATPAY_APIV3_KEY", "short"),
        ("PH_WECHATPAY_PRIVATE_KEY_FILE", "/nowhere/key.pem"),
        ("PH_SSL_REDIRECT", "perhaps"),
        ("PH_HIS_TIMEOUT", "soon"),
        ("PH_HSTS_SECONDS", "-1"),
        ("PH_HIS_URI", "https://his.example.org"),
    ],
)
def test_production_refuses_a_wrong_or_misspelt_setting_by_name(tmp_path: Path, name: str, value: str) -> None:
    result = check({**production_environment(tmp_path), name: value})

    assert result.returncode == 1
    assert name in result.stderr
    assert result.stderr.count("PH_") == 1, "only the wrong one is named"


@pytest.mark.parametrize("url", ["postgres://p:w@127.0.0.1/portal", "mysql://p:w@127.0.0.1/portal"])
def test_complete_production_settings_pass_the_deployment_check(tmp_path: Path, url: str) -> None:
    result = check({**production_environment(tmp_path), "PH_DATABASE_URL": url}, "--deploy", "--fail-level", "WARNING")

    assert result.returncode == 0, result.stderr


def test_the_reader_collects_instead_of_stopping_at_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PH_ONE", "x")
    monkeypatch.setenv("PH_TWO", "maybe")
    reader = Reader()

    reader.number("PH_ONE", default=1)
    reader.flag("PH_TWO", default=False)
    reader.require("PH_THREE")

    with pytest.raises(SettingsError, match=r"PH_ONE .*；PH_THREE .*；PH_TWO "):
        reader.check()


def test_the_example_file_explains_every_setting_and_no_other() -> None:
    from cms.settings import base

    example = (ROOT / "deploy/production.env").read_text()
    named = {line.lstrip("# ").split("=")[0] for line in example.splitlines() if line.lstrip("# ").startswith("PH_")}
    known = set(base.env._known)
    production = {
        "PH_SECRET_KEY", "PH_ALLOWED_HOSTS", "PH_CSRF_TRUSTED_ORIGINS", "PH_DATABASE_URL", "PH_SSL_REDIRECT",
        "PH_HSTS_SECONDS", "PH_HSTS_SUBDOMAINS", "PH_HSTS_PRELOAD", "PH_PROXY_SSL_HEADER", "PH_SERVE_MEDIA",
        "PH_SERVE_STATIC", "PH_BIND", "PH_WEB_WORKERS", "PH_WEB_THREADS", "PH_FORWARDED_IPS",
    }  # fmt: skip

    assert named == (known | production) - {"PH_SANDBOX_URL", "PH_WECHATPAY_CASHIER_URL"}


def test_the_portals_policy_allows_nothing_inline() -> None:
    policy = content_security.portal(form_targets=["https://open.weixin.qq.com"], media=[])["DIRECTIVES"]

    sources = [source for values in policy.values() for source in values]
    assert "'unsafe-inline'" not in sources
    assert "'unsafe-eval'" not in sources
    assert policy["default-src"] == ["'none'"]


@pytest.mark.django_db
def test_staff_pages_and_patient_pages_get_their_own_policy(client) -> None:
    desk = client.get("/staff/login/")
    patient = client.get("/nowhere/")

    assert "script-src 'self' 'unsafe-inline'" in desk["Content-Security-Policy"]
    assert "unsafe-inline" not in patient["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in patient["Content-Security-Policy"]


def test_logs_are_masked_whatever_is_quoted() -> None:
    import logging

    from cms.settings.logs import MaskingFormatter

    record = logging.LogRecord(
        "x", logging.INFO, "f", 1, "电话 %s 证件 %s", ("13812345678", "420106199001012345"), None
    )

    line = MaskingFormatter("%(message)s").format(record)

    assert "13812345678" not in line
    assert "420106199001012345" not in line
