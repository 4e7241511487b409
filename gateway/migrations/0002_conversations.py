import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import gateway.models.attachment
import gateway.models.base
from django.conf import settings
from django.db import migrations, models

from gateway.conf import listing_model


class Migration(migrations.Migration):
    """After the businesses, because a listing model of the host's own points at them."""

    dependencies = [
        ('gateway', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(listing_model()),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerMessage',
            fields=[
                ('channel', models.CharField(choices=[('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('web', 'Web')], default='web', max_length=10)),
                ('quoted', models.TextField(blank=True, help_text='What was cut from the text: quoted mail, signature.')),
                ('language', models.CharField(blank=True, max_length=12)),
                ('is_automatic', models.BooleanField(default=False, help_text='Written by a machine; never relayed or answered.')),
                ('filed_by', models.CharField(blank=True, help_text='The step that decided.', max_length=30)),
                ('filed_note', models.TextField(blank=True, help_text='What was not certain, in plain words.')),
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('listing_snapshot', models.JSONField(blank=True, default=dict, help_text='The listing as it was then.')),
                ('subject', models.CharField(max_length=255)),
                ('message', models.TextField()),
                ('sender_name', models.CharField(blank=True, max_length=255)),
                ('sender_email', models.EmailField(blank=True, max_length=254)),
                ('sender_phone', models.CharField(blank=True, max_length=140)),
                ('reply_by', models.CharField(blank=True, choices=[('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('web', 'Web')], help_text="The customer's wish.", max_length=10)),
                ('context', models.JSONField(blank=True, default=dict, help_text='Whatever the form or an agent adds.')),
                ('status', models.CharField(choices=[('unread', 'Unread'), ('read', 'Read'), ('replied', 'Replied'), ('archived', 'Archived')], default='unread', max_length=20)),
                ('is_archived', models.BooleanField(default=False)),
                ('is_spam', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('last_reply_at', models.DateTimeField(blank=True, null=True)),
                ('last_activity_at', models.DateTimeField(help_text='When either side last wrote; lists are ordered by it.')),
                ('waiting_since', models.DateTimeField(blank=True, help_text='Since when the customer waits for an answer; null when nobody waits.', null=True)),
                ('deleted_at', models.DateTimeField(blank=True, help_text='In the trash since; restorable for 30 days.', null=True)),
                ('snippet', models.CharField(blank=True, help_text='The newest words, for lists.', max_length=160)),
                ('reply_count', models.PositiveIntegerField(default=0)),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='gateway.business')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='gateway.contact')),
                ('listing', models.ForeignKey(blank=True, help_text='What it is about (null for a general inquiry).', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='customer_messages', to=listing_model())),
                ('recipient', models.ForeignKey(blank=True, help_text='Business owner receiving the message.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='received_messages', to=settings.AUTH_USER_MODEL)),
                ('sender', models.ForeignKey(blank=True, help_text='Customer sending the message (null if anonymous).', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sent_messages', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at',),
            },
        ),
        migrations.CreateModel(
            name='IdempotentCall',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('caller', models.CharField(help_text='user:ID, or the address of an anonymous caller.', max_length=100)),
                ('key', models.CharField(max_length=200)),
                ('fingerprint', models.CharField(help_text='SHA-256 of method, path and body.', max_length=64)),
                ('status_code', models.PositiveSmallIntegerField(null=True)),
                ('body', models.TextField(blank=True, help_text='JSON, to the byte: jsonb would sort its keys.')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('caller'), models.F('key'), name='gateway_idempotentcall_once')],
            },
        ),
        migrations.CreateModel(
            name='HeldItem',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('reason', models.CharField(choices=[('unknown_number', 'The number it was sent to is none of ours'), ('shared_number', 'The number serves several businesses and it is not clear which is meant'), ('unknown_address', 'It came from an address that is not verified for the member it speaks for'), ('no_access', 'The member it speaks for may not answer any more'), ('no_token', 'It answers our mail, but not to the reply address that only this member was given'), ('member_wrote', 'A member wrote to the public address of his own business'), ('failed_dmarc', "The sender's domain says that it did not send this mail"), ('not_reachable', 'There is no channel on which the customer can be reached now'), ('empty', 'Nothing was left of the answer when the quoted mail was cut away'), ('unreadable', 'The mail could not be read')], max_length=20)),
                ('detail', models.TextField(blank=True)),
                ('channel', models.CharField(choices=[('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('web', 'Web')], max_length=10)),
                ('from_address', models.CharField(blank=True, max_length=254)),
                ('from_name', models.CharField(blank=True, max_length=255)),
                ('to_address', models.CharField(blank=True, max_length=254)),
                ('subject', models.CharField(blank=True, max_length=255)),
                ('text', models.TextField(blank=True)),
                ('quoted', models.TextField(blank=True)),
                ('event_id', models.UUIDField(blank=True, help_text='The journalled request it came with.', null=True)),
                ('settlement', models.CharField(blank=True, choices=[('sent', 'Approved and sent'), ('filed', 'Filed under a conversation'), ('refused', 'Refused')], max_length=10)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('business', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='held_items', to='gateway.business')),
                ('message', models.ForeignKey(blank=True, help_text='The conversation it seems to belong to.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='held_items', to='gateway.customermessage')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('membership', models.ForeignKey(blank=True, help_text='The member it claims to speak for.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='held_items', to='gateway.membership')),
            ],
        ),
        migrations.CreateModel(
            name='MessageReply',
            fields=[
                ('channel', models.CharField(choices=[('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('web', 'Web')], default='web', max_length=10)),
                ('quoted', models.TextField(blank=True, help_text='What was cut from the text: quoted mail, signature.')),
                ('language', models.CharField(blank=True, max_length=12)),
                ('is_automatic', models.BooleanField(default=False, help_text='Written by a machine; never relayed or answered.')),
                ('filed_by', models.CharField(blank=True, help_text='The step that decided.', max_length=30)),
                ('filed_note', models.TextField(blank=True, help_text='What was not certain, in plain words.')),
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('direction', models.CharField(choices=[('inbound', 'From the customer'), ('outbound', 'To the customer')], max_length=10)),
                ('sender_name', models.CharField(blank=True, help_text='As it was then.', max_length=255)),
                ('from_address', models.CharField(blank=True, help_text='The address it was written from.', max_length=254)),
                ('written_via', models.CharField(blank=True, choices=[('dashboard', 'Dashboard'), ('api', 'REST'), ('email', 'Email reply'), ('phone', 'Phone')], help_text='How the owner answered.', max_length=10)),
                ('reply', models.TextField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='gateway.customermessage')),
                ('sender', models.ForeignKey(blank=True, help_text='Who of the business answered; null for what the customer wrote.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='message_replies', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'message replies',
                'ordering': ('created_at', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('name', models.CharField(max_length=255)),
                ('content_type', models.CharField(default='application/octet-stream', max_length=127)),
                ('content_id', models.CharField(blank=True, max_length=255)),
                ('size', models.PositiveBigIntegerField(default=0, help_text='Bytes.')),
                ('file', models.FileField(blank=True, max_length=200, upload_to=gateway.models.attachment.storage_path)),
                ('state', models.CharField(choices=[('stored', 'Stored'), ('pending', 'Still at the provider'), ('failed', 'Could not be fetched')], default='stored', max_length=10)),
                ('source_url', models.URLField(blank=True, help_text='Where the provider keeps it.', max_length=1000)),
                ('due_at', models.DateTimeField(blank=True, help_text='When to fetch it (again).', null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='gateway.customermessage')),
                ('held', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='gateway.helditem')),
                ('reply', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='gateway.messagereply')),
            ],
            options={
                'ordering': ('position', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Pair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('normalized', models.CharField(max_length=254)),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='channels_out.sender')),
            ],
        ),
        migrations.CreateModel(
            name='Participant',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('generation', models.PositiveIntegerField(default=1)),
                ('reply_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('read_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.contact')),
                ('membership', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.membership')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='gateway.customermessage')),
            ],
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('delivery', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='dispatch', to='channels_out.delivery')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dispatches', to='gateway.customermessage')),
                ('reply', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='dispatches', to='gateway.messagereply')),
                ('participant', models.ForeignKey(help_text='Whom it goes to; he may answer it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.participant')),
            ],
            options={
                'verbose_name_plural': 'dispatches',
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('key', models.CharField(max_length=200, unique=True)),
                ('outcome', models.CharField(max_length=20)),
                ('detail', models.TextField(blank=True)),
                ('held', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.helditem')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.customermessage')),
                ('reply', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.messagereply')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Route',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('address', models.CharField(help_text='Theirs, exactly as the provider gave it.', max_length=254)),
                ('normalized', models.CharField(max_length=254)),
                ('last_inbound_at', models.DateTimeField(blank=True, null=True)),
                ('last_outbound_at', models.DateTimeField(blank=True, null=True)),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.business')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='routes', to='gateway.customermessage')),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='channels_out.sender')),
            ],
        ),
        migrations.CreateModel(
            name='UnreadCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unread', models.IntegerField(default=0)),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unread_counters', to='gateway.business')),
                ('listing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=listing_model())),
            ],
        ),
        migrations.AddIndex(
            model_name='customermessage',
            index=models.Index(fields=['recipient', '-created_at'], name='gateway_cus_recipie_b426da_idx'),
        ),
        migrations.AddIndex(
            model_name='customermessage',
            index=models.Index(fields=['status'], name='gateway_cus_status_5f7b5d_idx'),
        ),
        migrations.AddIndex(
            model_name='customermessage',
            index=models.Index(fields=['listing', 'recipient'], name='gateway_cus_listing_e854e9_idx'),
        ),
        migrations.AddIndex(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='gateway_message_inbox'),
        ),
        migrations.AddIndex(
            model_name='customermessage',
            index=models.Index(models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('waiting_since__isnull', False)), name='gateway_message_waiting'),
        ),
        migrations.AddIndex(
            model_name='customermessage',
            index=models.Index(models.F('contact'), models.OrderBy(models.F('last_activity_at'), descending=True), name='gateway_message_of_contact'),
        ),
        migrations.AddConstraint(
            model_name='customermessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_archived', True), ('status', 'archived')), models.Q(models.Q(('status', 'archived'), _negated=True), ('is_archived', False)), _connector='OR'), name='gateway_message_archived_agrees'),
        ),
        migrations.AddConstraint(
            model_name='customermessage',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['unread', 'read', 'replied', 'archived'])), name='gateway_message_status_known'),
        ),
        migrations.AddConstraint(
            model_name='customermessage',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms', 'whatsapp', 'web'])), name='gateway_message_channel_known'),
        ),
        migrations.AddIndex(
            model_name='helditem',
            index=models.Index(condition=models.Q(('settlement', '')), fields=['business', '-created_at'], name='gateway_held_open'),
        ),
        migrations.AddIndex(
            model_name='messagereply',
            index=models.Index(fields=['message', 'created_at', 'id'], name='gateway_reply_in_order'),
        ),
        migrations.AddConstraint(
            model_name='messagereply',
            constraint=models.CheckConstraint(condition=models.Q(('direction', 'outbound'), ('sender__isnull', True), _connector='OR'), name='gateway_reply_inbound_no_user'),
        ),
        migrations.AddConstraint(
            model_name='messagereply',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ['inbound', 'outbound'])), name='gateway_reply_direction_known'),
        ),
        migrations.AddConstraint(
            model_name='messagereply',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms', 'whatsapp', 'web'])), name='gateway_reply_channel_known'),
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['due_at'], name='gateway_attachment_due'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held__isnull', True), ('message__isnull', False), ('reply__isnull', True)), models.Q(('held__isnull', True), ('message__isnull', True), ('reply__isnull', False)), models.Q(('held__isnull', False), ('message__isnull', True), ('reply__isnull', True)), _connector='OR'), name='gateway_attachment_one_place'),
        ),
        migrations.AddConstraint(
            model_name='pair',
            constraint=models.UniqueConstraint(models.F('sender'), models.F('normalized'), name='gateway_pair_once'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.UniqueConstraint(models.F('message'), models.F('membership'), name='gateway_participant_member_once'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.UniqueConstraint(models.F('message'), models.F('contact'), name='gateway_participant_contact_once'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(('membership__isnull', True), ('contact__isnull', True), _connector='XOR'), name='gateway_participant_one_side'),
        ),
        migrations.AddIndex(
            model_name='route',
            index=models.Index(models.F('message'), models.OrderBy(models.F('last_outbound_at'), descending=True), name='gateway_route_of_message'),
        ),
        migrations.AddIndex(
            model_name='route',
            index=models.Index(fields=['business', 'normalized'], name='gateway_route_of_address'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.UniqueConstraint(models.F('sender'), models.F('normalized'), models.F('message'), name='gateway_route_once'),
        ),
        migrations.AddConstraint(
            model_name='unreadcounter',
            constraint=models.UniqueConstraint(models.F('business'), condition=models.Q(('listing', None)), name='gateway_unread_business_once'),
        ),
        migrations.AddConstraint(
            model_name='unreadcounter',
            constraint=models.UniqueConstraint(models.F('business'), models.F('listing'), name='gateway_unread_listing_once'),
        ),
        migrations.AddConstraint(
            model_name='unreadcounter',
            constraint=models.CheckConstraint(condition=models.Q(('unread__gte', 0)), name='gateway_unread_not_negative'),
        ),
    ]
