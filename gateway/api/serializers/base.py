"""What all that is shown has in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from gateway.api.fields import Moment


class Shown(serializers.ModelSerializer[Any]):
    """A row as the API shows it; nothing is ever written through it."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Moment,
    }

    def get_extra_kwargs(self) -> dict[str, Any]:
        return {name: {"read_only": True} for name in self.Meta.fields}


def refuse_others(given: Mapping[str, Any], allowed: Iterable[str]) -> None:
    """Raises ValidationError that names every field which is not `allowed`."""
    if others := set(given) - set(allowed):
        detail = f"This cannot be changed here; only {', '.join(allowed)} can."
        raise ValidationError({name: [ErrorDetail(detail, "read_only")] for name in sorted(others)})
