"""What became of the quick answers that businesses kept before there were canned ones."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from gateway.models import Business, CannedAnswer
from tests.factories import make_business

pytestmark = pytest.mark.django_db


def take_over() -> None:
    names = [
        name for _, name in MigrationLoader(None).disk_migrations if name.endswith("composing")
    ]
    import_module(f"gateway.migrations.{names[0]}").take_over(apps, None)


def kept(business: Business) -> list[tuple[str, str, bool]]:
    answers = CannedAnswer.objects.filter(business=business).order_by("id")
    return list(answers.values_list("name", "text", "in_mails"))


def test_each_becomes_a_row_and_the_first_two_stay_buttons_in_mails():
    answers = [{"label": name, "text": f"{name}!"} for name in ("Sold", "SOLD", "Call")]
    business = make_business()
    Business.objects.filter(pk=business.pk).update(quick_answers=answers)
    take_over()
    assert kept(business) == [
        ("Sold", "Sold!", True),
        ("SOLD 2", "SOLD!", True),
        ("Call", "Call!", False),
    ]
    business.refresh_from_db()
    assert [each["label"] for each in business.quick_answers] == ["Sold", "SOLD 2"]


def test_who_deleted_all_has_none_and_who_never_chose_has_the_first_two():
    cleared, fresh = make_business(), make_business()
    Business.objects.filter(pk=cleared.pk).update(quick_answers=[])
    take_over()
    assert kept(cleared) == []
    assert [name for name, _, _ in kept(fresh)] == ["Available", "Sold"]
