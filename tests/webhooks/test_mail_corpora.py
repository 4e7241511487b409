"""Mails from the field, through the entrance of an own mail server."""

from __future__ import annotations

from pathlib import Path

import pytest

from webhooks.models import InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

CORPORA = Path(__file__).parents[2] / "../shared/corpora"
MAILS = sorted((CORPORA / "mails").glob("*"))
BOUNCES = sorted((CORPORA / "bounces").glob("*"))

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("bikes"),
    pytest.mark.skipif(not MAILS, reason="The folder shared/corpora is not beside the checkout"),
]


@pytest.mark.parametrize("folder", [MAILS, BOUNCES], ids=["mails", "bounces"])
def test_every_mail_is_taken_and_ends_in_a_named_outcome(mail_provider, folder):
    for path in folder:
        assert mail_provider.mail(path.read_bytes()).status_code == 200, path.name
    while process_due():
        pass
    ends = InboundEvent.objects.values_list("outcome", flat=True)
    assert set(ends) <= set(Outcome.values) - {Outcome.FAILED}
