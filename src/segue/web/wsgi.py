"""What a WSGI server runs: `segue.web.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segue.web.settings")
application = get_wsgi_application()
