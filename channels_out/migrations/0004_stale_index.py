from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """An index of what may become out of date. Nobody waits while it is built."""

    atomic = False

    dependencies = [
        ('channels_out', '0003_stale'),
    ]

    operations = [
        AddIndexAside(
            model_name='delivery',
            index=models.Index(models.F('stale_at'), condition=models.Q(('stale_at__isnull', False), ('state', 'queued')), name='delivery_stale'),
        ),
    ]
