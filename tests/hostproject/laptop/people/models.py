"""The people of the shop."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Django's own user and what the shop wants to know beside."""

    town = models.CharField(max_length=60, blank=True)
