#!/usr/bin/env python
"""Run administrative tasks; the settings default to the demonstration (SQLite, nothing else to install)."""

import os
import sys


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.demo")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from cms.settings.reader import SettingsError

    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings, so that a wrong one ends here with a sentence
    except SettingsError as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
