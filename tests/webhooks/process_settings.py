"""The settings of the tests, in another process on the database and the files of one test."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["NAME_OF_TEST_DATABASE"]  # noqa: F405
MEDIA_ROOT = Path(os.environ["FILES_OF_TEST"])
