from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """An index of what somebody must still be reminded of. Nobody waits while it is built."""

    atomic = False

    dependencies = [
        ('gateway', '0013_held_clock'),
    ]

    operations = [
        AddIndexAside(
            model_name='helditem',
            index=models.Index(condition=models.Q(('settlement', ''), ('staff_told_at', None)), fields=['created_at'], name='gateway_held_clock'),
        ),
    ]
