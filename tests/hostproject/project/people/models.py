import uuid

from django.db import models
from person import BasePerson


class Person(BasePerson):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
