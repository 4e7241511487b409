from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """Whether somebody allowed something after a stop that is heard late is asked while deliveries are locked."""

    atomic = False

    dependencies = [
        ('channels_out', '0008_recipients'),
    ]

    operations = [
        AddIndexAside(
            model_name='suppression',
            index=models.Index(models.F('address'), condition=models.Q(('lifted_at__isnull', False)), name='suppression_lifted'),
        ),
    ]
