"""F38: while a new version is rolled out, processes of the one before go on with its tables."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import timezone

from gateway.inbox import Folder, Inbox, Wanted, unread_total
from gateway.models import CustomerMessage, SearchText
from tests.factories import make_business, make_member, make_message, make_reply
from tests.faults.migration_rules import objection

# The first release, by app: code of it must survive whatever came later.
RELEASED = {
    "accounts": "0001_initial",
    "channels_out": "0001_initial",
    "gateway": "0002_conversations",
    "gateway_webhooks": "0001_initial",
}
LOADER = MigrationLoader(None)


def before() -> ProjectState:
    """The tables as the first release knows them."""
    return LOADER.project_state(list(RELEASED.items()))


def later_migrations() -> list[tuple[str, str]]:
    """The migrations after the first release, in the order in which they run."""
    plan = LOADER.graph._generate_plan(list(LOADER.graph.leaf_nodes()), at_end=True)
    released = {key for node in RELEASED.items() for key in LOADER.graph.forwards_plan(node)}
    return [key for key in plan if key[0] in RELEASED and key not in released]


@pytest.mark.parametrize("key", later_migrations(), ids="/".join)
def test_code_of_the_first_release_survives_every_later_migration(key):
    app, _ = key
    state, released = LOADER.project_state(key, at_end=False), set(before().models)
    objections = []
    for operation in LOADER.graph.nodes[key].operations:
        objections.append(objection(operation, app, state, released))
        operation.state_forwards(app, state)
    assert [each for each in objections if each] == []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("customermessage", "subject"),
        migrations.RenameField("customermessage", "subject", "title"),
        migrations.DeleteModel("Route"),
        migrations.RenameModel("Route", "Path"),
        migrations.AlterModelTable("Route", "path"),
        migrations.AddField("customermessage", "mood", models.CharField(max_length=9)),
        migrations.AddField("customermessage", "mood", models.CharField(max_length=9, default="")),
        migrations.AddField("route", "number", models.IntegerField(null=True, unique=True)),
        migrations.AddConstraint(
            "route", models.CheckConstraint(condition=~models.Q(address=""), name="told")
        ),
        migrations.RemoveConstraint("route", "gateway_route_once"),
        migrations.AlterField("customermessage", "subject", models.CharField(max_length=200)),
        migrations.AlterField("customermessage", "read_at", models.DateTimeField()),
        migrations.AlterField("customermessage", "snippet", models.IntegerField()),
        migrations.RunSQL("SELECT 1"),
        migrations.CreateModel(
            "Note", [("message", models.ForeignKey("gateway.CustomerMessage", models.CASCADE))]
        ),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_it_would_not_survive_is_refused(operation):
    state = before()
    assert objection(operation, "gateway", state, set(state.models))


@pytest.fixture
def old():
    """The models of the first release, on the tables of now."""
    return before().apps.get_model


@pytest.fixture
def member(db):
    return make_member(make_business())


@pytest.fixture
def old_message(old, member):
    """Files a conversation as the first release did."""

    def file(text: str):
        now = timezone.now()
        contact = old("gateway", "Contact").objects.create(
            business_id=member.business_id, name="Maya"
        )
        old("gateway", "ContactAddress").objects.create(
            business_id=member.business_id,
            contact=contact,
            channel="email",
            address="maya@home.example",
            normalized="maya@home.example",
        )
        message = old("gateway", "CustomerMessage").objects.create(
            business_id=member.business_id,
            contact=contact,
            recipient_id=member.user_id,
            subject=text[:80],
            message=text,
            sender_email="maya@home.example",
            last_activity_at=now,
            waiting_since=now,
            snippet=text,
        )
        old("gateway", "UnreadCounter").objects.update_or_create(
            business_id=member.business_id, listing=None, defaults={"unread": 1}
        )
        return message

    return file


def answered_by(old, message):
    """Adds an answer that failed, as the first release did."""
    reply = old("gateway", "MessageReply").objects.create(
        message=message, direction="outbound", reply="With a helmet."
    )
    delivery = old("channels_out", "Delivery").objects.create(
        channel="email", to_address="maya@home.example", payload={}, purpose="reply", state="failed"
    )
    old("gateway", "Dispatch").objects.create(delivery=delivery, message=message, reply=reply)
    message.last_reply_at, message.reply_count = reply.created_at, 1
    message.save()


def listed(member, **wanted):
    """What the code of now lists, by id: historical rows are of another class."""
    page = Inbox([member.business_id], Wanted(**wanted)).page()
    return [message.pk for message in page.conversations]


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_what_old_code_files_is_listed_and_answered_by_new_code(self, old, old_message, member):
        message = old_message("Is the blue bike still there?")
        assert listed(member, folder=Folder.UNREAD) == [message.pk]
        assert unread_total([member.business_id]) == 1
        CustomerMessage.objects.get(pk=message.pk).mark_as_read()
        make_reply(CustomerMessage.objects.get(pk=message.pk), member, "Yes, it is.")
        message.refresh_from_db()
        assert (message.status, message.reply_count) == ("replied", 1)
        assert unread_total([member.business_id]) == 0

    def test_old_code_goes_on_with_what_new_code_filed(self, old, member):
        message = old("gateway", "CustomerMessage").objects.get(pk=make_message(member).pk)
        CustomerMessage.objects.filter(pk=message.pk).update(has_failed=True)
        message.status, message.snippet = "read", "seen by old code"
        message.save()
        now = CustomerMessage.objects.get(pk=message.pk)
        assert (now.status, now.snippet, now.has_failed) == ("read", "seen by old code", True)

    def test_what_old_code_left_undone_is_caught_up_with(self, old, old_message, member):
        message = old_message("Is the blue bike still there?")
        answered_by(old, message)
        assert listed(member, q="bike") == listed(member, folder=Folder.FAILED) == []
        said = io.StringIO()
        call_command("catch_up", "--dry-run", stdout=said)
        assert said.getvalue() == (
            "2 texts would be made findable, 1 marks of failed answers would be put right,"
            " and the words of 0 erased texts would be deleted.\n"
        )
        assert not SearchText.objects.exists()
        call_command("catch_up", stdout=io.StringIO())
        assert listed(member, q="bike") == listed(member, q="maya helmet") == [message.pk]
        assert listed(member, folder=Folder.FAILED) == [message.pk]
        said = io.StringIO()
        call_command("catch_up", stdout=said)
        assert said.getvalue().startswith("0 texts were made findable, 0 marks")
        old("channels_out", "Delivery").objects.update(state="delivered", due_at=None)
        call_command("catch_up", stdout=io.StringIO())
        assert listed(member, folder=Folder.FAILED) == []

    def test_old_code_erases_and_the_words_go_with_the_catching_up(self, old, member):
        kept, erased = make_message(member), make_message(member)
        old("gateway", "CustomerMessage").objects.get(pk=erased.pk).delete()
        assert SearchText.objects.count() == 2
        call_command("catch_up", stdout=io.StringIO())
        assert list(SearchText.objects.values_list("message", flat=True)) == [kept.pk]
