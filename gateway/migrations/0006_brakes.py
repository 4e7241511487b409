import django.db.models.deletion
import gateway.models.attachment
import gateway.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels_out', '0001_initial'),
        ('gateway', '0005_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('key', models.CharField(max_length=255)),
                ('held_back', models.PositiveIntegerField(default=1)),
                ('due_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AddField(
            model_name='attachment',
            name='thumbnail',
            field=models.FileField(blank=True, db_default='', default='', max_length=200, upload_to=gateway.models.attachment.thumbnail_path),
        ),
        migrations.AddField(
            model_name='attachment',
            name='thumbnail_due_at',
            field=models.DateTimeField(blank=True, help_text='When to make its thumbnail.', null=True),
        ),
        migrations.AddField(
            model_name='contact',
            name='blocked_at',
            field=models.DateTimeField(blank=True, help_text='Since when all that comes from this person is spam.', null=True),
        ),
        migrations.AddField(
            model_name='dispatch',
            name='prompted_by',
            field=models.CharField(blank=True, db_default='', default='', help_text='Of a notification: the business, and the domain that the message came from.', max_length=255),
        ),
        migrations.AddField(
            model_name='digest',
            name='business',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='digests', to='gateway.business'),
        ),
        migrations.AddField(
            model_name='digest',
            name='message',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='digests', to='gateway.customermessage'),
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.UniqueConstraint(models.F('business'), models.F('key'), name='gateway_digest_once'),
        ),
    ]
