import django.db.models.deletion
import django.db.models.functions.text
import gateway.models.base
import gateway.models.canned
from django.db import migrations, models


FIRST = [
    {"label": "Available", "text": "Yes, it is still available."},
    {"label": "Sold", "text": "Sorry, it is sold."},
]
BUTTONS = 2


def take_over(apps, schema_editor):
    """What businesses kept as quick answers becomes rows; the first two were the buttons in mails."""
    Business = apps.get_model("gateway", "Business")
    CannedAnswer = apps.get_model("gateway", "CannedAnswer")
    rows, changed = [], []
    for business in Business.objects.only("quick_answers").iterator(chunk_size=2000):
        answers = FIRST if business.quick_answers is None else business.quick_answers
        own = [
            CannedAnswer(
                business_id=business.pk, name=name, text=answer["text"], in_mails=number < BUTTONS
            )
            for number, (name, answer) in enumerate(zip(names_of(answers), answers))
        ]
        rows += own
        buttons = [{"label": row.name, "text": row.text} for row in own if row.in_mails]
        if business.quick_answers != buttons:
            business.quick_answers = buttons
            changed.append(business)
    CannedAnswer.objects.bulk_create(rows, batch_size=500)
    Business.objects.bulk_update(changed, ["quick_answers"], batch_size=500)


def names_of(answers):
    """Their labels, each once however it is capitalised."""
    names = []
    for number, answer in enumerate(answers, start=1):
        known = {name.lower() for name in names}
        is_known = answer["label"].lower() in known
        names.append(f"{answer['label'][:26]} {number}" if is_known else answer["label"])
    return names


class Migration(migrations.Migration):
    """Canned answers, drafts and suggestions."""

    dependencies = [
        ('gateway', '0037_api_tokens'),
    ]

    operations = [
        migrations.AlterField(
            model_name='business',
            name='quick_answers',
            field=models.JSONField(editable=False, help_text='A copy of the canned answers that are buttons in mails, by label and text.', null=True),
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('author_name', models.CharField(help_text='As it was then.', max_length=255)),
                ('text', models.TextField()),
                ('state', models.CharField(choices=[('open', 'Open'), ('used', 'Sent as it was'), ('edited', 'Sent with changes'), ('dismissed', 'Dismissed'), ('superseded', 'Superseded')], default='open', max_length=10)),
                ('author', models.ForeignKey(db_constraint=False, help_text='Whose token it came with.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.membership')),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='suggestions', to='gateway.customermessage')),
                ('reply', models.ForeignKey(db_constraint=False, help_text='The answer that was made of it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.messagereply')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CannedAnswer',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=30)),
                ('text', models.TextField(help_text='{name}, {listing} and {me} are filled in when it is used.', max_length=2000, validators=[gateway.models.canned.known_placeholders])),
                ('in_mails', models.BooleanField(default=False, help_text='A button in the mail that tells of a message sends it.')),
                ('business', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='canned_answers', to='gateway.business')),
            ],
            options={
                'ordering': ('name',),
                'constraints': [models.UniqueConstraint(models.F('business'), django.db.models.functions.text.Lower('name'), name='gateway_cannedanswer_once', violation_error_message='There is an answer of this name already.')],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('text', models.TextField()),
                ('channel', models.CharField(blank=True, choices=[('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('web', 'Web')], max_length=10)),
                ('saved_at', models.DateTimeField(auto_now=True)),
                ('membership', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='gateway.membership')),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='gateway.customermessage')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('message'), models.F('membership'), name='gateway_draft_once')],
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
