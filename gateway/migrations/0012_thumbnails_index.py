from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """An index of what still needs a thumbnail. Nobody waits while it is built."""

    atomic = False

    dependencies = [
        ('gateway', '0011_blocking_and_thumbnails'),
    ]

    operations = [
        AddIndexAside(
            model_name='attachment',
            index=models.Index(condition=models.Q(('thumbnail_due_at__isnull', False)), fields=['thumbnail_due_at'], name='gateway_attachment_thumbnails'),
        ),
    ]
