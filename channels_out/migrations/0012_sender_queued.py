import django.db.models.deletion
from django.db import migrations, models

from channels_out.index_operations import AddIndexAside, RemoveFieldIndexAside


class Migration(migrations.Migration):
    """Of a sender is indexed what waits for it, and not what it has sent, which each step of a message wrote anew."""

    atomic = False

    dependencies = [
        ('channels_out', '0011_delivery_indexes'),
    ]

    operations = [
        AddIndexAside(
            model_name='delivery',
            index=models.Index(models.F('sender'), condition=models.Q(('state', 'queued')), name='delivery_sender_queued'),
        ),
        RemoveFieldIndexAside(
            model_name='delivery',
            name='sender',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='channels_out.sender'),
        ),
    ]
