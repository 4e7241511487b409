"""Whether this process lives, and whether it can work."""

from __future__ import annotations

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse


def livez(request: HttpRequest) -> JsonResponse:
    """200 while the process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has every migration, else 503 with what is missing."""
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError as error:
        return JsonResponse({"status": "failing", "database": type(error).__name__}, status=503)
    missing = sorted(".".join(name) for name in _migrations() - applied.keys())
    if missing:
        return JsonResponse({"status": "failing", "migrations": missing}, status=503)
    return JsonResponse({"status": "ok"})


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """The last migration of every app; they are files, so this process will see no others."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
