"""Alerts: who hears of a run that failed or was refused, by which way, in which words, and what stays secret."""

from __future__ import annotations

import email
import json
import logging
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from dagster import DagsterInstance, SensorEvaluationContext
from dagster._core.definitions.run_request import DagsterRunReaction
from dagster._core.remote_origin import RegisteredCodeLocationOrigin

from orchestration import alerts, logs, runner
from orchestration.alerts import AlertError
from orchestration.defs.automation import failure_alert, failure_words
from orchestration.defs.history import write_configuration
from orchestration.ingestion.landing import LandingError
from orchestration.ports import HERE
from orchestration.settings import Settings

KEY, PASSWORD = "T0P-S3CR3T-KEY", "s3cret-passw0rd"


def free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind((HERE, 0))
        return int(candidate.getsockname()[1])


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@dataclass
class Web:
    """A web server that keeps what it is sent."""

    port: int = 0
    answer: int = 200
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://{HERE}:{self.port}/hook/{KEY}"


@pytest.fixture
def web() -> Iterator[Web]:
    kept = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/json"
            kept.got.append((self.path, json.loads(body)))
            self.send_response(kept.answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer((HERE, 0), Handler)
    kept.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Mail:
    """A mail server that keeps what it is sent, and who logged in."""

    port: int
    got: list[Envelope] = field(default_factory=list)
    logged_in: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def message(self) -> Message:
        [envelope] = self.got
        assert isinstance(envelope.content, bytes)
        return email.message_from_bytes(envelope.content)

    @property
    def text(self) -> str:
        payload = self.message.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode("utf-8")


@dataclass
class Talk:
    """How the mail server answers; the library looks at all that this class has."""

    mail: Mail

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802  (its name in the library)
        self.mail.got.append(envelope)
        return "250 kept"

    def authenticate(self, _server: object, _session: object, _envelope: object, _mechanism: str, data: Any) -> AuthResult:
        self.mail.logged_in.append((data.login, data.password))
        return AuthResult(success=data.password == PASSWORD.encode())


@contextmanager
def mail_server(certificate: Path | None = None) -> Iterator[Mail]:
    mail, context = Mail(free_port()), None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    talk, with_tls = Talk(mail), context is not None
    controller = Controller(
        talk, hostname=HERE, port=mail.port, tls_context=context, authenticator=talk.authenticate, auth_require_tls=with_tls
    )
    controller.start()
    try:
        yield mail
    finally:
        controller.stop()


@pytest.fixture
def mail() -> Iterator[Mail]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of a mail server on this machine that signs for itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the mail server's certificate, and is not installed")
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(file), "-out", str(file.with_suffix(".crt"))],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_text(file.read_text(encoding="ascii") + file.with_suffix(".crt").read_text(encoding="ascii"), encoding="ascii")
    return file


# ------------------------------------------------------------------ ways


def test_where_no_way_is_set_nothing_is_sent(tmp_path: Path) -> None:
    assert alerts.send(Settings(home=tmp_path), "subject", "words") == []


def test_both_ways_are_used_with_the_same_words(tmp_path: Path, web: Web, mail: Mail) -> None:
    settings = Settings(
        home=tmp_path, alert_webhook=web.address, alert_email_to="one@example.org, two@example.org", smtp_port=mail.port,
        alert_email_from="plumbline@example.org",
    )  # fmt: skip
    assert alerts.send(settings, "Plumbline: a run failed", "gate held_back, reviews: 1 of 4 – 25%") == ["webhook", "e-mail"]
    assert web.got == [(f"/hook/{KEY}", {"subject": "Plumbline: a run failed", "text": "gate held_back, reviews: 1 of 4 – 25%"})]
    assert mail.got[0].rcpt_tos == ["one@example.org", "two@example.org"]
    assert mail.got[0].mail_from == "plumbline@example.org"
    assert mail.message["Subject"] == "Plumbline: a run failed"
    assert mail.text.strip() == "gate held_back, reviews: 1 of 4 – 25%"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:{free}/hook/" + KEY, "http://127.0.0.1:{web}/hook/" + KEY, "http://127.0.0.1:{web}/a b/" + KEY]
)
def test_a_webhook_that_does_not_work_is_told_without_its_address(
    tmp_path: Path, web: Web, mail: Mail, address: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens, the answer is an error, the address is none: the mail goes out all the same."""
    monkeypatch.setattr(logging.getLogger(logs.ROOT), "propagate", True)  # to where pytest listens
    web.answer = 500
    address = address.format(free=free_port(), web=web.port)
    settings = Settings(home=tmp_path, alert_webhook=address, alert_email_to="one@example.org", smtp_port=mail.port)
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(AlertError, match=r"could not be sent by webhook: .*Check PLUMBLINE_ALERT") as raised,
    ):
        alerts.send(settings, "subject", "words")
    shown = [
        str(raised.value),
        repr(raised.value.__context__),
        repr(raised.value.__cause__),
        *(repr(vars(r)) for r in caplog.records if r.name.startswith(logs.ROOT)),
    ]
    assert len(shown) > 3, "a line of the log is among them"
    assert not [s for s in shown if KEY in s or "127.0.0.1" in s]
    assert mail.text.strip() == "words"


def test_an_address_that_is_no_web_address_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(AlertError, match=r"webhook: PLUMBLINE_ALERT_WEBHOOK must begin with https:// or http://"):
        alerts.send(Settings(home=tmp_path, alert_webhook="file:///etc/passwd"), "subject", "words")


def test_a_mail_server_that_is_down_is_told(tmp_path: Path) -> None:
    with pytest.raises(AlertError, match="e-mail: ConnectionRefusedError"):
        alerts.send(Settings(home=tmp_path, alert_email_to="one@example.org", smtp_port=free_port()), "subject", "words")


def with_password(home: Path, mail: Mail, *, starttls: bool, host: str = "localhost") -> Settings:
    return Settings(
        home=home, alert_email_to="one@example.org", smtp_host=host, smtp_port=mail.port, smtp_user="plumbline", smtp_password=PASSWORD,
        smtp_starttls=starttls,
    )  # fmt: skip


def test_a_password_is_sent_over_an_encrypted_connection_only(tmp_path: Path, mail: Mail) -> None:
    """This server would take it in the clear."""
    with pytest.raises(AlertError, match="encrypted connection only: set PLUMBLINE_SMTP_STARTTLS=true"):
        alerts.send(with_password(tmp_path, mail, starttls=False, host=HERE), "subject", "words")
    assert (mail.logged_in, mail.got) == ([], [])


def test_a_server_without_encryption_gets_no_password_either(tmp_path: Path, mail: Mail) -> None:
    with pytest.raises(AlertError, match="e-mail: SMTPNotSupportedError"):
        alerts.send(with_password(tmp_path, mail, starttls=True, host=HERE), "subject", "words")
    assert (mail.logged_in, mail.got) == ([], [])


def test_over_an_encrypted_connection_the_server_is_logged_in_to(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    with mail_server(certificate) as server:
        assert alerts.send(with_password(tmp_path, server, starttls=True), "subject", "words") == ["e-mail"]
        assert server.logged_in == [(b"plumbline", PASSWORD.encode())]
        assert server.text.strip() == "words"


def test_a_server_that_cannot_prove_who_it_is_gets_no_password(tmp_path: Path, certificate: Path) -> None:
    with mail_server(certificate) as server:
        with pytest.raises(AlertError, match="e-mail: SSLCertVerificationError"):
            alerts.send(with_password(tmp_path, server, starttls=True), "subject", "words")
        assert (server.logged_in, server.got) == ([], [])


def test_secrets_show_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings print, and even a log line that is handed them whole holds neither address nor password."""
    monkeypatch.setenv("PLUMBLINE_ALERT_WEBHOOK", f"https://example.org/{KEY}")
    monkeypatch.setenv("PLUMBLINE_SMTP_PASSWORD", PASSWORD)
    settings = Settings(home=tmp_path)
    record = logging.makeLogRecord({"msg": "said %s", "args": (settings,), "settings": settings})
    shown = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump()), logs.JsonLines().format(record)]
    assert not [s for s in shown if KEY in s or PASSWORD in s]
    assert settings.smtp_password is not None
    assert settings.smtp_password.get_secret_value() == PASSWORD


# ------------------------------------------------------------------ the sensor


@dataclass
class Daemon:
    """Dagster's daemon as far as one sensor sees it: it looks again and again, from its own code location."""

    home: Path
    cursor: str | None = None

    def look(self, **settings: Any) -> list[DagsterRunReaction]:
        """What it does of what came since the last look."""
        told = Settings(home=self.home, **settings)
        write_configuration(told)
        with DagsterInstance.from_config(str(told.dagster_folder)) as instance:
            found = []
            for _ in range(5):  # the daemon asks until nothing is left
                context = SensorEvaluationContext(
                    instance_ref=instance.get_ref(), instance=instance, cursor=self.cursor, repository_name="__repository__",
                    code_location_origin=RegisteredCodeLocationOrigin("orchestration.definitions"),
                )  # fmt: skip
                with context:
                    said = failure_alert(told).evaluate_tick(context)
                self.cursor = said.cursor
                found += said.dagster_run_reactions or []
            return found


@pytest.fixture(scope="module")
def refused(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """A copy of the demo in which a department without a name refuses the gate, in a run of the command line."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("refused") / "home"))
    daemon = Daemon(home)
    assert daemon.look() == []
    (home / "landing" / "departments@2199-01-01.csv").write_text("department_id,name\nZ1,\nZ2,\n", encoding="utf-8")
    assert runner.run(Settings(home=home, settle_seconds=0)).exit_code == 3
    return daemon


def test_a_refused_run_is_told_once_in_the_words_of_its_gate(refused: Daemon, web: Web, mail: Mail) -> None:
    daemon = Daemon(refused.home, refused.cursor)
    ways = {"alert_webhook": web.address, "alert_email_to": "one@example.org", "smtp_port": mail.port}
    assert [r.error for r in daemon.look(**ways)] == [None]
    [(_, told)] = web.got
    assert told["subject"] == "Plumbline: a run was refused"
    assert told["text"].startswith("refused (PL-GATE): Built, but not published: held_back of departments did not pass.")
    assert "gate held_back, departments: 2 of " in told["text"]
    assert "records held back" in told["text"]
    assert mail.text.strip().replace("\r\n", "\n") == told["text"]
    assert daemon.look(**ways) == []
    assert len(web.got) == 1


def test_an_alert_that_cannot_be_sent_is_an_error_of_the_sensor_without_the_address(refused: Daemon) -> None:
    """It stands in the sensor's ticks; the next look does not send it again and again."""
    daemon = Daemon(refused.home, refused.cursor)
    [reaction] = daemon.look(alert_webhook=f"http://{HERE}:{free_port()}/{KEY}")
    assert reaction.error is not None
    assert "the alert could not be sent by webhook" in reaction.error.to_string()
    assert KEY not in reaction.error.to_string()
    assert daemon.look() == []


def test_without_a_way_the_sensor_goes_on(refused: Daemon) -> None:
    assert [r.error for r in Daemon(refused.home, refused.cursor).look()] == [None]


def test_a_failed_run_is_told_in_the_words_of_the_status(tmp_path: Path, web: Web) -> None:
    daemon = Daemon(tmp_path)
    assert daemon.look() == []
    with pytest.raises(LandingError):
        runner.run(Settings(home=tmp_path))
    assert len(daemon.look(alert_webhook=web.address)) == 1
    [(_, told)] = web.got
    assert told["subject"] == "Plumbline: a run failed"
    assert told["text"].startswith(f"failed (PL-LOAD): there is no landing folder {tmp_path / 'landing'}")


def test_a_run_that_has_written_no_status_is_told_in_dagsters_words(refused: Daemon) -> None:
    """It was killed, or another run has written its own since."""
    subject, words = failure_words(Settings(home=refused.home), "another-run", "The process of this run ended without a word")
    assert subject == "Plumbline: a run failed"
    assert words.startswith("Run another-run failed: The process of this run ended without a word")
    assert "departments" not in words
    assert failure_words(Settings(home=refused.home / "nowhere"), "x", "y")[0] == "Plumbline: a run failed"
