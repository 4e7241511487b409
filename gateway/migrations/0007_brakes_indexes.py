from django.db import migrations, models

from gateway.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """Indexes of the brakes and of what still needs a thumbnail. Nobody waits while they are built."""

    atomic = False

    dependencies = [
        ('gateway', '0006_brakes'),
    ]

    operations = [
        AddIndexAside(
            model_name='attachment',
            index=models.Index(condition=models.Q(('thumbnail_due_at__isnull', False)), fields=['thumbnail_due_at'], name='gateway_attachment_thumbnails'),
        ),
        AddIndexAside(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('prompted_by', ''), _negated=True), fields=['prompted_by', 'created_at'], name='gateway_dispatch_prompted'),
        ),
    ]
