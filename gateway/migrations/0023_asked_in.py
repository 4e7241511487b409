import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a question quotes, and which of its options stand for several conversations."""

    dependencies = [
        ('gateway', '0022_closing_blocks'),
    ]

    operations = [
        migrations.AddField(
            model_name='helditem',
            name='asked_in',
            field=models.UUIDField(blank=True, help_text='The question that quotes it: an answer to that, and to no other, is about it.', null=True),
        ),
        migrations.AlterField(
            model_name='helditem',
            name='question',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Whose answer it waits for.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='held_items', to='gateway.question'),
        ),
        migrations.AddField(
            model_name='option',
            name='stands_for_several',
            field=models.BooleanField(db_default=False, default=False, help_text='Conversations that the customer cannot tell apart; `message` is the one used last.'),
        ),
    ]
