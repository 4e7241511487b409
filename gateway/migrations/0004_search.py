import django.db.models.deletion
from django.db import migrations, models

import gateway.models.search


class Migration(migrations.Migration):
    """The words of what was written, and a mark of failed answers. `manage.py catch_up` fills in both for what is there."""

    dependencies = [
        ('gateway', '0003_pulse'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('id', models.UUIDField(editable=False, help_text='Of the message or reply.', primary_key=True, serialize=False)),
                ('words', gateway.models.search.Words()),
                ('business', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='gateway.business')),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.customermessage')),
            ],
        ),
        migrations.AddField(
            model_name='customermessage',
            name='has_failed',
            field=models.BooleanField(db_default=False, default=False, help_text="The newest answer did not arrive, or one waits for a person's word."),
        ),
    ]
