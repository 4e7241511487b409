from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """An index of what was joined to a conversation. Nobody waits while it is built."""

    atomic = False

    dependencies = [
        ('gateway', '0020_joined'),
    ]

    operations = [
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='gateway_message_merged'),
        ),
    ]
