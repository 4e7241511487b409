"""The shop's settings: its own habits first, then the lines of the documentation."""

import os
from pathlib import Path

from gateway.install import with_gateway

BASE_DIR = Path(os.environ["SHOP_DATA"])
SECRET_KEY = "the-shop's-own-" + "s" * 50
DEBUG = False
ALLOWED_HOSTS = ["shop.example"]

# People are known by UUID, or by number: `people.Person` or `people_by_number.Person`.
PEOPLE = os.environ.get("SHOP_PEOPLE", "people")
AUTH_USER_MODEL = f"{PEOPLE}.Person"
LOGIN_URL = "/desk/sign-in/"

INSTALLED_APPS = [
    PEOPLE,
    "shop",
    "partners",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "shop.sqlite3",
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30},
        "TEST": {"NAME": BASE_DIR / "test.sqlite3"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
MEDIA_ROOT = BASE_DIR / "media"
STATIC_URL = "/assets/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LANGUAGE_CODE = "de"
TIME_ZONE = "Asia/Kolkata"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# The shop's own API: for its staff, in habits of its own that are none of the gateway's business.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": "partners.habits.Nobody",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
    "DEFAULT_RENDERER_CLASSES": ["partners.habits.Plain"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "partners.habits.OneFormat",
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.QueryParameterVersioning",
    "ALLOWED_VERSIONS": ["2019"],
    "DEFAULT_VERSION": "2019",
    "DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "1/day", "user": "1/day"},
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_FILTER_BACKENDS": ["rest_framework.filters.OrderingFilter"],
    "PAGE_SIZE": 1,
    "EXCEPTION_HANDLER": "partners.habits.teapot",
    "DATETIME_FORMAT": "%d.%m.%Y",
    "NON_FIELD_ERRORS_KEY": "oops",
    "URL_FORMAT_OVERRIDE": "q",
}

# Messaging gateway
INSTALLED_APPS = with_gateway(INSTALLED_APPS)
GATEWAY_LISTING_MODEL = "shop.Listing"
PUBLIC_URL = "https://shop.example"
MAIL_DOMAIN = "mail.shop.example"
REPLY_DOMAIN = "reply.shop.example"
