"""Which addresses the demonstration listens on, and whether they are free."""

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.launcher.console import Problem

HIGHEST = 65535


@dataclass(frozen=True)
class Addresses:
    """Host and ports of the portal and of the sandbox."""

    host: str
    portal: int
    sandbox: int

    @property
    def portal_url(self) -> str:
        """Where a browser finds the portal."""
        return f"http://{self.host}:{self.portal}"

    @property
    def sandbox_url(self) -> str:
        """Where a browser finds the sandbox."""
        return f"http://{self.host}:{self.sandbox}"


def choose(environment: Mapping[str, str] = os.environ) -> Addresses:
    """Read PORT, SANDBOX_PORT and HOST; raise `Problem` for one that is no port, or for two that are the same."""
    portal = _number("PORT", environment.get("PORT") or "8000")
    sandbox = _number("SANDBOX_PORT", environment.get("SANDBOX_PORT") or "8001")
    if portal == sandbox:
        raise Problem(
            f"PORT 和 SANDBOX_PORT 不能同为 {portal}；例如 make run PORT={portal} SANDBOX_PORT={_neighbour(portal)}。"
            " (PORT and SANDBOX_PORT must differ.)"
        )
    return Addresses(environment.get("HOST") or "127.0.0.1", portal, sandbox)


def require_free(addresses: Addresses) -> None:
    """Raise `Problem` naming the port that is taken and how to choose another."""
    for name, port, what in (("PORT", addresses.portal, "门户"), ("SANDBOX_PORT", addresses.sandbox, "沙箱")):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((addresses.host, port))
            except OSError as error:
                raise Problem(_sentence(error, name, port, what, addresses.host)) from None


def _sentence(error: OSError, name: str, port: int, what: str, host: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {port}（{what}）已被其他程序占用；请换一个，例如 make run {name}={_free_near(host, port)}。"
            f" (Port {port} is in use; choose another with {name}=….)"
        )
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port}（{what}）；请用 {name}= 选择 1024 以上的端口。 (Port {port} needs privileges.)"
    return f"不能在 {host}:{port}（{what}）上监听：{error.strerror}。 (Cannot listen there; check HOST and {name}.)"


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST:
        raise Problem(f"{name}={text} 不是端口号，应为 1–{HIGHEST} 的整数。 ({name} is not a port number.)")
    return int(text)


def _neighbour(port: int) -> int:
    return port + 1 if port < HIGHEST else port - 1


def _free_near(host: str, port: int) -> int:
    """Suggest a port that is free right now, so that the advice works when followed."""
    for candidate in (port + 80, port + 100, port + 1000, port + 2000):
        if candidate > HIGHEST:
            break
        with socket.socket() as probe:
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
        return candidate
    return _neighbour(port)
