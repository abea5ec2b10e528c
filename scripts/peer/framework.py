"""Django REST framework over one database of the measured server: no sign-in, no marking, no trail.

PIPIR_PEER_HOST, _PORT and _DATABASE say which: the folder of the server's socket, its port, and the database.
"""

import os

import django
from django.apps import AppConfig
from django.conf import settings


class Peer(AppConfig):
    """What the models of the peer belong to: without it Django follows no key backwards."""

    name, label = "framework", "peer"


def set_up(urls: str) -> None:
    """Set Django up for the routes of one module; its models are made after that."""
    settings.configure(
        DEBUG=False,
        SECRET_KEY="peer",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=urls,
        USE_TZ=True,
        TIME_ZONE="UTC",
        MIDDLEWARE=[],
        # What goes wrong is said on the error output; Django would mail it.
        LOGGING={
            "version": 1,
            "handlers": {"said": {"class": "logging.StreamHandler"}},
            "loggers": {"django.request": {"handlers": ["said"], "level": "ERROR", "propagate": False}},
        },
        INSTALLED_APPS=["rest_framework", "django_filters", "framework.Peer"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": os.environ["PIPIR_PEER_HOST"],
                "PORT": os.environ["PIPIR_PEER_PORT"],
                "NAME": os.environ["PIPIR_PEER_DATABASE"],
                "USER": "pipir_app",
                "CONN_MAX_AGE": None,
            }
        },
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "DEFAULT_PERMISSION_CLASSES": [],
            "UNAUTHENTICATED_USER": None,
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        },
    )
    django.setup()
