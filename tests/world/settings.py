"""The settings of the tests, on a database of one region of the world."""

import os

from tests.settings import *  # noqa: F403

# A region's months may pass in a day of ours.
TEXTS_PER_DAY = 10**9
DATABASES["default"]["NAME"] = os.environ["WORLD_DATABASE"]  # noqa: F405
