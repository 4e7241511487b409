"""What staff see and may do."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from channels_out.models import Delivery, Sender, StatusEvent
from channels_out.outbox import drain
from channels_out.state import State
from channels_out.suppression import suppress

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.channels_out.admin_urls"),
    # WhiteNoise warns where nobody has collected static files.
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]

NAMES = ["sender", "delivery", "deliveryattempt", "statusevent", "suppression"]


@pytest.fixture
def staff(client):
    user = get_user_model()
    name = {user.USERNAME_FIELD: "staff@example.org"}
    client.force_login(user.objects.create_superuser(**name, password="x"))
    return client


@pytest.fixture
def in_doubt(memory, mail, monkeypatch):
    monkeypatch.setattr(memory, "asks", "")
    memory.loses_answers = True
    delivery = mail()
    drain()
    memory.loses_answers = False
    return delivery


@pytest.fixture
def some_of_everything(memory, text, sender):
    for _ in range(3):
        text()
    drain()
    suppress("sms", sender.address, "+15550111", reason="keyword")
    StatusEvent.objects.create(provider="twilio", provider_id="SM1", provider_status="sent")


@pytest.mark.parametrize("name", NAMES)
def test_every_list_can_be_searched_and_opened(staff, some_of_everything, name):
    page = reverse(f"admin:channels_out_{name}_changelist")
    assert staff.get(page, {"q": "1555"}).status_code == 200
    model = {"sender": Sender, "delivery": Delivery}.get(name)
    if model:
        change = reverse(f"admin:channels_out_{name}_change", args=[model.objects.first().pk])
        assert staff.get(change).status_code == 200


def act(staff, model, name, rows):
    page = reverse(f"admin:channels_out_{model}_changelist")
    chosen = {"action": name, "_selected_action": [str(row.pk) for row in rows]}
    return staff.post(page, chosen, follow=True)


@pytest.mark.parametrize(
    ("action", "state"),
    [("settle_as_sent", State.SENT), ("settle_as_not_sent", State.QUEUED)],
)
def test_staff_settle_a_doubt(staff, in_doubt, action, state):
    act(staff, "delivery", action, [in_doubt])
    in_doubt.refresh_from_db()
    assert in_doubt.state == state


def test_what_is_not_in_doubt_cannot_be_settled_and_says_so(staff, memory, text):
    delivery = text()
    answer = act(staff, "delivery", "settle_as_sent", [delivery])
    assert "Only a message in doubt can be settled" in answer.content.decode()
    delivery.refresh_from_db()
    assert delivery.state == State.QUEUED


def test_a_paused_sender_is_resumed(staff, sender):
    Sender.objects.update(paused_at=timezone.now(), paused_reason="401")
    act(staff, "sender", "resume_sending", [sender])
    sender.refresh_from_db()
    assert sender.paused_at is None


def test_a_list_of_many_asks_no_more_than_a_list_of_few(
    staff, memory, text, django_assert_max_num_queries
):
    for _ in range(30):
        text()
    with django_assert_max_num_queries(10):
        staff.get(reverse("admin:channels_out_delivery_changelist"))


def test_deliveries_cannot_be_written_or_deleted_by_hand(staff, text):
    delivery = text()
    assert staff.get(reverse("admin:channels_out_delivery_add")).status_code == 403
    delete = reverse("admin:channels_out_delivery_delete", args=[delivery.pk])
    assert staff.get(delete).status_code == 403
