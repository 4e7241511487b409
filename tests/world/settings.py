"""The settings of the tests, on a database of one region of the world."""

import os

from tests.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["WORLD_DATABASE"]  # noqa: F405
