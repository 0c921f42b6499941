"""`make check` and `make format`: every static check, all of them also when one fails, and a summary."""

import os
import secrets
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.launcher import environment, paths
from deploy.launcher.console import bold, complain, say

_TEMPLATE_FOLDERS = ("cms", "blocks", "themes", "sandbox")
_INDENT = ("--tabwidth", "2")
# curlylint asks for an older package than mypy does, so it lives in an environment of its own.
_CURLYLINT = paths.VENV / "curlylint"


@dataclass(frozen=True)
class Check:
    """One tool and how it is called."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    """Do `check` or `format`."""
    environment.prepare("dev")
    if arguments[0] == "format":
        return _format()
    environment.prepare("curlylint", _CURLYLINT)
    with tempfile.TemporaryDirectory() as folder:
        failed = [check.name for check in _checks(Path(folder)) if not _passes(check)]
    if failed:
        complain(f"\n✗ 未通过：{'、'.join(failed)}")
        return 1
    say("\n✓ 全部检查通过")
    return 0


def templates() -> list[str]:
    """List our own templates; what is vendored or collected is not ours to indent."""
    found = []
    for folder in _TEMPLATE_FOLDERS:
        for file in sorted((paths.ROOT / folder).rglob("*.html")):
            if not {"static", "vendor", "node_modules"} & set(file.parts):
                found.append(str(file.relative_to(paths.ROOT)))
    return found


def production_environment(folder: Path) -> dict[str, str]:
    """Make a complete production environment out of nothing, so that its settings can be checked anywhere.

    Without Redis: the check would ask the one of this machine how it forgets, which is not the hospital's.
    """
    key_file = folder / "key.pem"
    key_file.write_text("a file that can be read")
    return {
        "DJANGO_SETTINGS_MODULE": "cms.settings.production",
        "PH_SECRET_KEY": secrets.token_urlsafe(50),
        "PH_ALLOWED_HOSTS": "portal.example.org",
        "PH_PORTAL_URL": "https://portal.example.org",
        "PH_DATABASE_URL": "postgres://portal:password@127.0.0.1:5432/portal",
        "PH_FIELD_KEYS": f"k1:{b64encode(secrets.token_bytes(16)).decode()}",
        "PH_BLIND_INDEX_KEY": b64encode(secrets.token_bytes(32)).decode(),
        "PH_HIS_URL": "https://his.example.org",
        "PH_HIS_APP_ID": "portal",
        "PH_HIS_SECRET": "secret",
        "PH_WECHAT_APP_ID": "wx0123456789abcdef",
        "PH_WECHAT_SECRET": "secret",
        "PH_WECHATPAY_MCHID": "1900000000",
        "PH_WECHATPAY_CERT_SERIAL": "0123456789ABCDEF",
        "PH_WECHATPAY_PRIVATE_KEY_FILE": str(key_file),
        "PH_WECHATPAY_PUBLIC_KEY_FILE": str(key_file),
        "PH_WECHATPAY_PUBLIC_KEY_ID": "PUB_KEY_ID_0100000000",
        "PH_WECHATPAY_APIV3_KEY": "0" * 32,
        "PH_VAR_DIR": str(folder),
    }


def _checks(folder: Path) -> list[Check]:
    python = paths.python()
    tool = str(paths.VENV / "bin")
    test_settings = {"DJANGO_SETTINGS_MODULE": "cms.settings.test"}
    html = templates()
    checks = [
        Check("ruff", [f"{tool}/ruff", "check", "."]),
        Check("ruff format", [f"{tool}/ruff", "format", "--check", "."]),
        Check("mypy", [f"{tool}/mypy"]),
        Check("import-linter", [f"{tool}/lint-imports"]),
        Check("makemigrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], test_settings),
        Check(
            "check --deploy",
            [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            production_environment(folder),
        ),
    ]
    if html:
        checks += [
            Check("djhtml", [f"{tool}/djhtml", *_INDENT, "--check", *html]),
            Check("curlylint", [str(_CURLYLINT / "bin" / "curlylint"), *html]),
        ]
    return checks


def _passes(check: Check) -> bool:
    began = time.monotonic()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PH_")}
    result = subprocess.run(
        check.command,
        cwd=paths.ROOT,
        env={**clean, **check.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if result.returncode == 0:
        say(f"✓ {check.name}（{seconds:.1f} 秒）")
        return True
    say(bold(f"✗ {check.name}（{seconds:.1f} 秒）"))
    say(result.stdout.rstrip())
    return False


def _format() -> int:
    tool = paths.VENV / "bin"
    commands = [[f"{tool}/ruff", "check", "--fix", "."], [f"{tool}/ruff", "format", "."]]
    if html := templates():
        commands.append([f"{tool}/djhtml", *_INDENT, *html])
    codes = [subprocess.run(command, cwd=paths.ROOT, check=False).returncode for command in commands]
    return max(codes[0], codes[1])
