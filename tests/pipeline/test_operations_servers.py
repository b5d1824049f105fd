"""The servers: on this machine only, a port in use is named with the way out, and nothing of them stays when they are told to end."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration import ports
from orchestration.cli import app
from orchestration.commands import serving
from orchestration.ports import HERE, PortError
from orchestration.settings import CHECKOUT

PATIENCE = 300.0
LISTENS = "0A"  # the state of a socket in /proc/net/tcp
THIS_MACHINE = {"0100007F", "00000000000000000000000001000000"}  # 127.0.0.1 and ::1 as they stand there


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something else listens."""
    with socket.socket() as server:
        server.bind((HERE, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_is_free_until_something_listens_on_it_wherever_it_listens() -> None:
    with socket.socket() as everywhere:
        everywhere.bind(("0.0.0.0", 0))
        port = everywhere.getsockname()[1]
        everywhere.listen()
        assert not ports.is_free(port)
    assert ports.is_free(port)


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [
        (["dashboard"], "PLUMBLINE_DASHBOARD_PORT"),
        (["dagster"], "PLUMBLINE_DAGSTER_PORT"),
        (["demo", "--employees", "30"], "PLUMBLINE_DASHBOARD_PORT"),
    ],
)
@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_port_in_use_ends_with_2_and_the_way_out_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int, arguments: list[str], variable: str, by: str
) -> None:
    def started(*_: object) -> None:
        pytest.fail("a server was started")

    monkeypatch.setattr(serving, "_serve", started)
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    if by == "variable":
        monkeypatch.setenv(variable, str(taken))
    else:
        arguments = [*arguments, "--port", str(taken)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2, result.output
    said = " ".join(result.output.split())
    assert f"port {taken} on 127.0.0.1 is in use by another process" in said
    assert f"--port {taken + 1}, or {variable}={taken + 1}" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "port", "words"),
    [
        (OSError, 65535, "port 65535 on 127.0.0.1 is in use by another process. Stop that one, or choose another: --port 65534"),
        (PermissionError, 443, "port 443 on 127.0.0.1 is kept for the system. Choose another: --port 1024"),
    ],
)
def test_the_way_out_is_a_port_that_can_be_had(monkeypatch: pytest.MonkeyPatch, fault: type[OSError], port: int, words: str) -> None:
    def refuse(*_: object) -> None:
        raise fault

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(PortError, match=words):
        ports.require(port, "PLUMBLINE_DAGSTER_PORT")


def test_dagster_is_not_started_with_a_time_zone_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_serve", lambda *_: pytest.fail("a server was started"))
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path))
    monkeypatch.setenv("PLUMBLINE_BUSINESS_TIMEZONE", "Mars/Olympus")
    result = CliRunner().invoke(app, ["dagster", "--port", str(free_port())])
    assert result.exit_code == 2
    assert "which is no IANA time zone" in result.output


def free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind((HERE, 0))
        return int(candidate.getsockname()[1])


def family(ancestor: int) -> set[int]:
    """The process and all that it and its children have started."""
    children = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children[parent].append(int(folder.name))
    found, todo = set(), [ancestor]
    while todo:
        one = todo.pop()
        found.add(one)
        todo += children[one]
    return found


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def listens_on(processes: set[int]) -> set[tuple[str, int]]:
    """Addresses, as the kernel writes them, and ports on which the processes listen."""
    sockets = set()
    for process in processes:
        for handle in Path(f"/proc/{process}/fd").iterdir():
            try:
                sockets.add(handle.readlink().name)
            except FileNotFoundError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            cells = line.split()
            if cells[3] == LISTENS and f"socket:[{cells[9]}]" in sockets:
                address, port = cells[1].split(":")
                found.add((address, int(port, 16)))
    return found


def answer(port: int) -> int | None:
    """The status that the server's page has; None where nobody answers yet."""
    connection = http.client.HTTPConnection(HERE, port, timeout=10)
    try:
        connection.request("GET", "/server_info")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes and sockets through /proc")
def test_dagster_listens_on_this_machine_only_and_ends_with_all_its_children(tmp_path: Path) -> None:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", "dagster", "--port", str(port)], cwd=CHECKOUT, text=True,
        env={**os.environ, "PLUMBLINE_HOME": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    processes = {server.pid}
    try:
        end = time.monotonic() + PATIENCE
        while answer(port) is None:
            assert server.poll() is None, server.communicate()[0]
            assert time.monotonic() < end, "it does not answer"
            time.sleep(0.1)
        assert answer(port) == 200
        processes = family(server.pid)
        assert len(processes) > 3, "web server, daemon, code server"
        where = listens_on(processes)
        assert ("0100007F", port) in where
        assert {address for address, _ in where} <= THIS_MACHINE
        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=PATIENCE)[0]
        assert server.returncode == 0, said
        while any(map(is_running, processes)):
            assert time.monotonic() < end + PATIENCE, "a child still runs"
            time.sleep(0.05)
    finally:
        for process in filter(is_running, processes):
            os.kill(process, signal.SIGKILL)
    assert ports.is_free(port)
    assert f"Dagster on http://127.0.0.1:{port}" in said
    assert "Traceback" not in said
