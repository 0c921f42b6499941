"""Entry of the Makefile's targets: `python -m deploy.launcher run | reset | install | test | check | bench …`."""

import importlib
import signal
import sys
from types import FrameType

from deploy.launcher.console import Problem, Stopped, complain, say

# Each command and the module whose `main(arguments) -> exit code` does it.
COMMANDS = {
    "run": "demonstration",
    "reset": "housekeeping",
    "clean": "housekeeping",
    "install": "housekeeping",
    "format": "checks",
    "check": "checks",
    "test": "suite",
    "bench": "suite",
    "guide-pictures": "suite",
}


def main(arguments: list[str]) -> int:
    """Do one command; every expected trouble ends in one sentence and exit code 1."""
    if not arguments or arguments[0] not in COMMANDS:
        complain(f"用法: python -m deploy.launcher {'|'.join(COMMANDS)}")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        return int(importlib.import_module(f"deploy.launcher.{COMMANDS[arguments[0]]}").main(arguments))
    except Problem as problem:
        complain(f"✗ {problem}")
        return 1
    except Stopped:
        say()
        return 130


def _stop(number: int, frame: FrameType | None) -> None:
    # Only the first signal interrupts: the second would cut the orderly stop short.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
