from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """Indexes of what is snoozed. Nobody waits while they are built."""

    atomic = False

    dependencies = [
        ('gateway', '0028_desk_work'),
    ]

    operations = [
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('snoozed_until__isnull', False)), name='gateway_message_snoozed'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(condition=models.Q(('snoozed_until__isnull', False)), fields=['snoozed_until'], name='gateway_message_wakes'),
        ),
    ]
