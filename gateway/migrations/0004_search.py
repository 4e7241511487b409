import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models

import gateway.models.search
from gateway.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """The words of what was written. `manage.py index_search` fills in those of what is there already."""

    atomic = False

    dependencies = [
        ('gateway', '0002_conversations'),
    ]

    operations = [
        BtreeGinExtension(),
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('id', models.UUIDField(editable=False, help_text='Of the message or reply.', primary_key=True, serialize=False)),
                ('words', gateway.models.search.Words()),
                ('business', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='gateway.business')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.customermessage')),
            ],
        ),
        AddIndexAside(
            model_name='searchtext',
            index=django.contrib.postgres.indexes.GinIndex(fields=['business', 'words'], name='gateway_search_words'),
        ),
    ]
