from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """An index of texts of which nobody said whether they arrived. Nobody waits while it is built."""

    atomic = False

    dependencies = [
        ('channels_out', '0004_stale_index'),
    ]

    operations = [
        AddIndexAside(
            model_name='delivery',
            index=models.Index(models.F('sent_at'), models.F('id'), condition=models.Q(('state', 'sent'), models.Q(('channel', 'email'), _negated=True)), name='delivery_unheard'),
        ),
    ]
