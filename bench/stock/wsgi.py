"""The minimal Wagtail site as gunicorn serves it; made on the first start."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.stock.settings"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
