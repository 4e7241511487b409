"""What rows of before an upgrade become."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.db import connection

from channels_out.models import Suppression
from channels_out.suppression import suppressed

pytestmark = pytest.mark.django_db
into_one_form = importlib.import_module(
    "channels_out.migrations.0013_suppression_forms"
).into_one_form


def kept(address, **fields):
    return Suppression.objects.create(
        channel="sms", scope="+15550100", address=address, reason="keyword", **fields
    )


def test_a_stop_that_was_kept_in_another_form_of_its_phone_holds():
    for address in ("+541123456789", "+551187654321", "+525512345678", "+15550199"):
        kept(address)
    into_one_form(apps, connection.schema_editor())
    asked = {
        ("sms", "+15550100", each)
        for each in ("+5491123456789", "+5511987654321", "+5215512345678", "+15550199")
    }
    assert set(suppressed(asked)) == asked


def test_where_both_forms_were_stopped_one_holds():
    kept("+5215512345678")
    kept("+525512345678")
    into_one_form(apps, connection.schema_editor())
    assert ("sms", "+15550100", "+525512345678") in suppressed(
        [("sms", "+15550100", "+525512345678")]
    )
