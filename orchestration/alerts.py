"""Telling people that a run failed: a webhook and an e-mail, where they are set.

Belongs here: sending words. Does not belong here: when (defs/automation), what happened (the run's status).
The words hold no row of data: step, code, gates and tables.
"""

from __future__ import annotations

import http.client
import json
import logging
import smtplib
import ssl
import urllib.request
from email.message import EmailMessage

from orchestration.settings import Settings

log = logging.getLogger("plumbline.alerts")
SECONDS = 10.0
PLAIN_WEB = ("http://", "https://")


class AlertError(RuntimeError):
    """An alert that could not be sent. The message says by which way and why, without the address."""


class _SettingError(ValueError):
    """A way that cannot be tried as it is set. The message holds no value of a setting."""


def send(settings: Settings, subject: str, words: str) -> list[str]:
    """Send by every way that is set.

    Returns:
        The ways it went: webhook, e-mail. None is set: an empty list.

    Raises:
        AlertError: some way failed; the others were tried all the same.

    """
    went, failed = [], []
    ways = (("webhook", settings.alert_webhook, _post), ("e-mail", settings.alert_email_to, _mail))
    for name, is_set, way in ways:
        if not is_set:
            continue
        try:
            way(settings, subject, words)
        except (OSError, smtplib.SMTPException, http.client.HTTPException, ValueError) as error:
            # Words of libraries may hold the address, which is a secret where it holds a key.
            failed.append(f"{name}: {error if isinstance(error, _SettingError) else type(error).__name__}")
            log.warning("alert not sent", extra={"way": name, "error": type(error).__name__})
        else:
            went.append(name)
    if failed:
        msg = f"the alert could not be sent by {'; '.join(failed)}. Check PLUMBLINE_ALERT_* and PLUMBLINE_SMTP_*"
        raise AlertError(msg)
    return went


def _post(settings: Settings, subject: str, words: str) -> None:
    address = settings.alert_webhook.get_secret_value() if settings.alert_webhook else ""
    if not address.startswith(PLAIN_WEB):
        msg = "PLUMBLINE_ALERT_WEBHOOK must begin with https:// or http://"
        raise _SettingError(msg)
    body = json.dumps({"subject": subject, "text": words}).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310  (checked above)
    with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310  (checked above)
        return


def _mail(settings: Settings, subject: str, words: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, settings.alert_email_from, settings.alert_email_to
    message.set_content(words)
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SECONDS) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user and settings.smtp_password:
            if not settings.smtp_starttls:
                msg = "a password is sent over an encrypted connection only: set PLUMBLINE_SMTP_STARTTLS=true"
                raise _SettingError(msg)
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)
