"""People as the shop has always kept them: a login, a mailbox, a UUID."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class PersonManager(BaseUserManager["BasePerson"]):
    def create_user(self, login: str, password: str, **fields: Any) -> BasePerson:
        person = self.model(login=login, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class BasePerson(AbstractBaseUser, PermissionsMixin):
    """Has none of the columns of Django's own user: no user name, no `email`, no names."""

    login = models.CharField(max_length=40, unique=True)
    mailbox = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "mailbox"
    objects = PersonManager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.login
