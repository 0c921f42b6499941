"""The WSGI entry point."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from cms.settings.reader import SettingsError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.production")

try:
    application = get_wsgi_application()
except SettingsError as error:
    sys.exit(str(error))
