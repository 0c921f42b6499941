"""Logging without personal data: the finished line is masked, whatever module wrote it and whatever it quotes."""

import logging
from typing import Any


class MaskingFormatter(logging.Formatter):
    """Formats as usual, traceback included, then masks ID numbers and phone numbers in the result."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line as it may be kept."""
        from business.security.masking import mask_text  # logging is set up before the apps are

        return mask_text(super().format(record))


def configuration(level: str) -> dict[str, Any]:
    """Everything goes to the standard error stream, where systemd or the launcher picks it up."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "cms.settings.logs.MaskingFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
        },
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            # httpx writes whole addresses at INFO, and addresses may carry openids; integration keeps its own log.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # One line for every indexed object says nothing.
            "django_tasks": {"level": "WARNING"},
            "django": {"handlers": [], "propagate": True},
            # Django's console handler for runserver would write every line a second time.
            "django.server": {"handlers": ["stream"], "propagate": False},
        },
    }
