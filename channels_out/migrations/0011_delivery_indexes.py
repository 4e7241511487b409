import django.db.models.deletion
from django.db import migrations, models

from channels_out.index_operations import AddIndexAside, RemoveFieldIndexAside


class Migration(migrations.Migration):
    """Message-IDs are indexed for mail alone, and attempts by their numbers: each index is written with every step.

    Mail that is due has one of its own.
    """

    atomic = False

    dependencies = [
        ('channels_out', '0010_unheard_of_mail'),
    ]

    operations = [
        AddIndexAside(
            model_name='delivery',
            index=models.Index(models.F('message_id'), condition=models.Q(('message_id', ''), _negated=True), name='delivery_message_id'),
        ),
        AddIndexAside(
            model_name='delivery',
            index=models.Index(models.F('due_at'), condition=models.Q(('channel', 'email'), ('state', 'queued')), name='delivery_mail_due'),
        ),
        RemoveFieldIndexAside(
            model_name='delivery',
            name='message_id',
            field=models.CharField(blank=True, max_length=255, verbose_name='Message-ID'),
        ),
        RemoveFieldIndexAside(
            model_name='deliveryattempt',
            name='delivery',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='channels_out.delivery'),
        ),
    ]
