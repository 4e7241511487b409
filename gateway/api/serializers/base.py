"""What all that is shown has in common."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers

from gateway.api.fields import Moment


class Shown(serializers.ModelSerializer[Any]):
    """A row as the API shows it; nothing is ever written through it."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Moment,
    }

    def get_extra_kwargs(self) -> dict[str, Any]:
        return {name: {"read_only": True} for name in self.Meta.fields}
