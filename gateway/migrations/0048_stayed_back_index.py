from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """An index of what stayed back from an answer. Nobody waits while it is built."""

    atomic = False

    dependencies = [
        ('gateway', '0047_stayed_back'),
    ]

    operations = [
        AddIndexAside(
            model_name='helditem',
            index=models.Index(condition=models.Q(('reply__isnull', False)), fields=['reply'], name='gateway_held_reply'),
        ),
    ]
