from django.db import migrations, models

from channels_out.index_operations import AddIndexAside, RemoveIndexAside


class Migration(migrations.Migration):
    """The index of what nobody said of whether it arrived has mail as well, but for what went over SMTP."""

    atomic = False

    dependencies = [
        ('channels_out', '0009_suppression_lifted'),
    ]

    operations = [
        AddIndexAside(
            model_name='delivery',
            index=models.Index(models.F('sent_at'), models.F('id'), condition=models.Q(('state', 'sent'), models.Q(('provider', 'smtp'), _negated=True)), name='delivery_unheard_of'),
        ),
        RemoveIndexAside(
            model_name='delivery',
            name='delivery_unheard',
        ),
    ]
