"""A token for REST: `python -m tests.benchmarks.tokens BUSINESS` prints one of the owner's."""

from __future__ import annotations

import json
import sys
from uuid import UUID

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from knox.models import AuthToken  # noqa: E402

if __name__ == "__main__":
    owner = get_user_model().objects.get(pk=UUID(int=int(sys.argv[1])))
    _, token = AuthToken.objects.create(owner)
    sys.stdout.write(json.dumps(token))
