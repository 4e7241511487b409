import django.contrib.postgres.indexes
from django.db import migrations, models

from channels_out.index_operations import AddIndexAside, RemoveIndexAside


class Migration(migrations.Migration):
    """An index for each list that the inbox shows, and one of the words. Nobody waits while they are built."""

    atomic = False

    dependencies = [
        ('gateway', '0004_search'),
    ]

    operations = [
        AddIndexAside(
            model_name='searchtext',
            index=django.contrib.postgres.indexes.GinIndex(fields=['words'], name='gateway_search_words'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at', None), ('is_spam', False), ('is_archived', False)), name='gateway_message_open'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at', None), ('is_spam', False), ('status', 'unread')), name='gateway_message_unread'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at', None), ('is_spam', False), ('waiting_since__isnull', False)), name='gateway_message_waits'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at', None), ('is_spam', False), ('has_failed', True)), name='gateway_message_failed'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at', None), ('is_spam', True)), name='gateway_message_spam'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at__isnull', False)), name='gateway_message_trash'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.F('status'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at', None)), name='gateway_message_by_status'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.F('channel'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at', None)), name='gateway_message_by_channel'),
        ),
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('listing'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted_at', None), ('listing__isnull', False)), name='gateway_message_by_listing'),
        ),
        RemoveIndexAside(
            model_name='customermessage',
            name='gateway_message_waiting',
        ),
    ]
