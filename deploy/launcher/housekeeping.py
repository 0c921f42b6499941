"""`make reset`, `make clean` and `make install`."""

import shutil

from deploy.launcher import environment, paths
from deploy.launcher.console import Problem, say
from deploy.launcher.demonstration import lock

_CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis")


def main(arguments: list[str]) -> int:
    """Do the command named first."""
    if arguments[0] == "install":
        environment.prepare()
        say("依赖已就绪。make run 启动演示。")
    elif arguments[0] == "reset":
        reset()
    else:
        clean()
    return 0


def reset() -> None:
    """Remove everything a run made; refuse while the demonstration is running."""
    if paths.VAR.exists():
        with lock():
            pass
        if paths.VAR == paths.ROOT or paths.ROOT.is_relative_to(paths.VAR):
            raise Problem("PH_VAR_DIR 指向项目本身，不删除。 (PH_VAR_DIR holds the project itself.)")
        shutil.rmtree(paths.VAR)
    say(f"已删除 {paths.display(paths.VAR)}；下次 make run 从头开始。")


def clean() -> None:
    """Remove caches and the virtual environment; keep the data."""
    for name in _CACHES:
        shutil.rmtree(paths.ROOT / name, ignore_errors=True)
    if paths.VENV.is_symlink():
        paths.VENV.unlink()
    else:
        shutil.rmtree(paths.VENV, ignore_errors=True)
    say("已删除 .venv 与缓存；数据仍在。")
