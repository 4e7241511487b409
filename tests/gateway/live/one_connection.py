"""The product's settings with a pool of a single database connection."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES as MANY

NAME = "gateway-one-connection"
OPTIONS = {
    "application_name": NAME,
    "pool": {"min_size": 1, "max_size": 1, "timeout": 20},
}
DATABASES = {"default": MANY["default"] | {"OPTIONS": OPTIONS}}
