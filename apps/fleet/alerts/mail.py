"""Alerts by e-mail, over the SMTP server of the settings."""

import smtplib
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from apps.fleet.alerts.payloads import Message, lines
from apps.fleet.models import Route
from apps.kernel.errors import Code, Failure, invalid

BACKEND: Final = "django.core.mail.backends.smtp.EmailBackend"


def require_server() -> None:
    """Raises `invalid` where no mail server is set."""
    if not settings.CONFIG.smtp_host:
        raise invalid("channel", "needs a mail server; whoever runs the platform sets SMTP_HOST.")


def send(route: Route, said: Message, *, within: float) -> None:
    """Send one message to all recipients; raises a Failure that says what went wrong."""
    config = settings.CONFIG
    require_server()
    password = config.smtp_password.get_secret_value() if config.smtp_password else ""
    connection = get_connection(
        BACKEND,
        host=config.smtp_host,
        port=config.smtp_port,
        username=config.smtp_user,
        password=password,
        use_tls=config.smtp_security == "starttls",
        use_ssl=config.smtp_security == "tls",
        timeout=within,
    )
    mail = EmailMessage(
        subject=" ".join(f"[{said.severity.upper()}] {said.summary}".split())[:200],
        body=text(said),
        from_email=config.mail_from,
        to=route.recipients,
        headers={
            "Message-ID": f"<{said.delivery}@alerts.controlplane>",
            "X-Alert-Delivery": str(said.delivery),
            "Auto-Submitted": "auto-generated",
        },
        connection=connection,
    )
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        what = str(error) or type(error).__name__
        raise Failure(
            Code.UNREACHABLE, f"{config.smtp_host}:{config.smtp_port}: {what}"[:300]
        ) from None


def text(said: Message) -> str:
    """The message for reading."""
    head = [said.summary, "", f"Severity: {said.severity}", f"Place: {said.place}"]
    return "\n".join([*head, "", *(f"- {line}" for line in lines(said)), ""])
