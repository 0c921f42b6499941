"""`make run`: the demonstration hospital with portal, sandbox and worker, from nothing to the printed accounts."""

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterator

from cms.settings import vault
from deploy.launcher import environment, paths, ports
from deploy.launcher.console import Problem, Stopped, bold, say
from deploy.launcher.supervisor import Service, Supervisor, answers, open_log

SETTINGS = "cms.settings.demo"


def main(arguments: list[str]) -> int:
    """Start everything, wait for the end, stop everything. Returns the exit code; raises `Problem`.

    Raises `Stopped` when a signal arrives before everything is up.
    """
    began = time.monotonic()
    addresses = ports.choose()
    with lock():
        ports.require_free(addresses)
        environment.prepare()
        secrets = _secrets()
        supervisor = Supervisor()
        try:
            _start(supervisor, addresses, secrets)
            _announce(addresses, secrets, time.monotonic() - began)
            _watch(supervisor)
        finally:
            say("正在停止…")
            supervisor.stop()
            say("已全部停止，数据保留在 " + paths.display(paths.VAR) + "。")
    return 0


def _watch(supervisor: Supervisor) -> None:
    """Return at Ctrl-C or a termination signal, the ordinary way to stop; raise `Problem` when a service ends."""
    try:
        while True:
            supervisor.check()
            time.sleep(0.3)
    except Stopped:
        say()


def _start(supervisor: Supervisor, addresses: ports.Addresses, secrets: dict[str, str]) -> None:
    """Bring up the sandbox, the database, the demonstration hospital, then portal and worker."""
    marks = _read_marks()
    sandbox = _sandbox(addresses)
    supervisor.start(sandbox)
    upgrade = _upgrade_fingerprint()
    # The sandbox makes its keys at the first start, and those a newer version adds at a later one.
    supervisor.wait_healthy([sandbox])
    settings = portal_environment(addresses, secrets)
    # A `manage.py` command typed beside the running demonstration finds the same keys and addresses here.
    handed = "".join(f"{name}={value}\n" for name, value in settings.items() if name.startswith("PH_"))
    vault.write_private(paths.VAR / "demo.env", handed)
    if marks.get("upgrade") != upgrade or not (paths.VAR / "portal.sqlite3").exists():
        _manage("正在建立数据库…", "upgrade", settings, "upgrade_portal")
        _write_marks(marks | {"upgrade": upgrade})
    if not _read_marks().get("hospital"):
        _manage("正在载入演示医院，约需一分钟…", "load_demo", settings, "load_demo")
        _write_marks(_read_marks() | {"hospital": time.strftime("%Y-%m-%d %H:%M:%S")})
    portal, worker = _portal(addresses, settings), _worker(settings)
    supervisor.start(portal)
    supervisor.start(worker)
    supervisor.wait_healthy([sandbox, portal, worker])


def portal_environment(addresses: ports.Addresses, secrets: dict[str, str]) -> dict[str, str]:
    """Join secrets, the sandbox's credentials and the addresses into the settings' PH_ names."""
    try:
        keys = json.loads(paths.CREDENTIALS.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(
            f"读不了沙箱的密钥 {paths.display(paths.CREDENTIALS)}（{error}）。 (The sandbox's keys cannot be read.)"
        ) from None
    sandbox = addresses.sandbox_url
    return {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "PYTHONUNBUFFERED": "1",
        "PH_VAR_DIR": str(paths.VAR),
        "PH_BIND": f"{addresses.host}:{addresses.portal}",
        "PH_PORTAL_URL": addresses.portal_url,
        "PH_SANDBOX_URL": sandbox,
        "PH_HIS_URL": sandbox,
        "PH_HIS_APP_ID": keys["his_app_id"],
        "PH_HIS_SECRET": keys["his_secret"],
        "PH_WECHAT_API_URL": sandbox,
        "PH_WECHAT_OPEN_URL": sandbox,
        "PH_WECHAT_APP_ID": keys["appid"],
        "PH_WECHAT_SECRET": keys["app_secret"],
        "PH_SMS_URL": f"{sandbox}/sms",
        "PH_SMS_SECRET_ID": keys["tencent_secret_id"],
        "PH_SMS_SECRET_KEY": keys["tencent_secret_key"],
        "PH_SMS_APP_ID": keys["sms_app_id"],
        "PH_SMS_SIGN_NAME": keys["sms_sign_name"],
        "PH_SMS_CODE_TEMPLATE": keys["sms_code_template"],
        "PH_REALNAME_URL": f"{sandbox}/realname",
        "PH_REALNAME_SECRET_ID": keys["tencent_secret_id"],
        "PH_REALNAME_SECRET_KEY": keys["tencent_secret_key"],
        "PH_WECHAT_TOKEN": keys["wechat_token"],
        "PH_WECHAT_AES_KEY": keys["wechat_aes_key"],
        "PH_WECHATPAY_URL": sandbox,
        "PH_WECHATPAY_CASHIER_URL": f"{sandbox}/cashier",
        "PH_WECHATPAY_MCHID": keys["mchid"],
        "PH_WECHATPAY_APIV3_KEY": keys["apiv3_key"],
        "PH_WECHATPAY_CERT_SERIAL": keys["merchant_cert_serial"],
        "PH_WECHATPAY_PRIVATE_KEY_FILE": keys["merchant_key_path"],
        "PH_WECHATPAY_PUBLIC_KEY_ID": keys["wechatpay_public_key_id"],
        "PH_WECHATPAY_PUBLIC_KEY_FILE": keys["wechatpay_public_key_path"],
        **secrets,
    }


def _secrets() -> dict[str, str]:
    try:
        return vault.open_vault(paths.VAR)
    except (OSError, ValueError) as error:
        raise Problem(
            f"读不了 {paths.display(paths.VAR / 'secrets.json')}（{error}）；数据不要了可以 make reset 重新开始。"
            " (The secrets of the demonstration cannot be read.)"
        ) from None


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Hold the only right to run on this data; raise `Problem` when another launcher has it."""
    paths.VAR.mkdir(parents=True, exist_ok=True)
    with (paths.VAR / "launcher.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise Problem(
                f"演示已经在运行（进程 {file.read().strip() or '未知'}），数据目录 {paths.display(paths.VAR)}；"
                "请先在它的窗口按 Ctrl-C。 (The demonstration is already running on this data.)"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _sandbox(addresses: ports.Addresses) -> Service:
    command = [paths.python(), "-m", "sandbox", "--host", addresses.host, "--port", str(addresses.sandbox)]
    command += ["--state", str(paths.SANDBOX_STATE), "--portal", addresses.portal_url]
    return Service("sandbox", "沙箱", command, {"PYTHONUNBUFFERED": "1"}, answers(f"{addresses.sandbox_url}/"))


def _portal(addresses: ports.Addresses, settings: dict[str, str]) -> Service:
    command = [paths.python(), "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "cms.wsgi:application"]
    return Service("portal", "门户", command, settings, answers(f"{addresses.portal_url}/"))


def _worker(settings: dict[str, str]) -> Service:
    service = Service("worker", "后台任务", [paths.python(), "manage.py", "run_worker"], settings, lambda: True)
    # The worker says one line when it has begun; until then it is importing.
    service.healthy = lambda: bool(service.last_lines)
    return service


def _manage(announcement: str, name: str, settings: dict[str, str], *arguments: str) -> None:
    say(announcement)
    with open_log(name) as log:
        log.flush()
        code = subprocess.run(
            [paths.python(), "manage.py", *arguments],
            cwd=paths.ROOT,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code:
        file = paths.LOGS / f"{name}.log"
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        raise Problem(
            f"manage.py {' '.join(arguments)} 失败（退出码 {code}），完整日志在 {paths.display(file)}，最后几行："
            + "".join(f"\n    {line}" for line in lines)
        )


def _upgrade_fingerprint() -> str:
    """Hash what the database is made of: migrations, the pinned versions that bring others', roles, templates."""
    digest = hashlib.sha256((paths.REQUIREMENTS / "constraints.txt").read_bytes())
    for folder in ("business", "blocks", "cms", "themes"):
        for file in sorted((paths.ROOT / folder).rglob("migrations/*.py")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    for file in (paths.ROOT / "cms/backoffice/roles.py", *sorted((paths.ROOT / "cms/library/shipped").glob("*.py"))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _read_marks() -> dict[str, str]:
    """What earlier starts have done on this data; nothing where there is no database yet."""
    file = paths.VAR / "launcher.json"
    if not file.exists() or not (paths.VAR / "portal.sqlite3").exists():
        return {}
    try:
        marks: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return marks


def _write_marks(marks: dict[str, str]) -> None:
    vault.write_private(paths.VAR / "launcher.json", json.dumps(marks, indent=2))


def _announce(addresses: ports.Addresses, secrets: dict[str, str], seconds: float) -> None:
    portal, sandbox = addresses.portal_url, addresses.sandbox_url
    admin = f"{portal}/staff/"
    say(f"""
{bold("掌上医院已启动")}（{seconds:.1f} 秒）

  患者门户        {bold(portal + "/")}
                  登录时由沙箱扮演微信，选一位演示患者即可，无需密码
  沙箱（外部世界） {bold(sandbox + "/")}
                  手机消息 {sandbox}/phone/    故障开关 {sandbox}/control/
  工作人员后台    {bold(admin)}
                  编辑      editor    {secrets["PH_DEMO_EDITOR_PASSWORD"]}
                  科室秘书  secretary {secrets["PH_DEMO_SECRETARY_PASSWORD"]}
                  管理员    admin     {secrets["PH_DEMO_ADMIN_PASSWORD"]}
                  财务      finance   {secrets["PH_DEMO_FINANCE_PASSWORD"]}

  日志 {paths.display(paths.LOGS)}/*.log    重新开始 make reset    按 Ctrl-C 全部停止
""")
