import gateway.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who is who on WhatsApp, and members to whom our mail comes back."""

    dependencies = [
        ('gateway', '0014_held_clock_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='WhatsAppUser',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user_id', models.CharField(max_length=140, unique=True)),
                ('number', models.CharField(help_text='Exactly as the provider gave it.', max_length=254)),
                ('normalized', models.CharField(max_length=254)),
                ('since', models.DateTimeField(help_text='When something first came from him.')),
                ('last_seen_at', models.DateTimeField(help_text='When both were last named together.')),
                ('is_newcomer', models.BooleanField(default=False, help_text="The number was another user's, and silent since.")),
            ],
            options={
                'verbose_name': 'WhatsApp user',
            },
        ),
        migrations.AddField(
            model_name='memberaddress',
            name='bounced_at',
            field=models.DateTimeField(blank=True, help_text='Since when our mail to it comes back; empty: it works.', null=True),
        ),
        migrations.AddField(
            model_name='memberaddress',
            name='bounced_because',
            field=models.CharField(blank=True, db_default='', default='', max_length=255),
        ),
        migrations.AddIndex(
            model_name='whatsappuser',
            index=models.Index(fields=['normalized'], name='gateway_whatsapp_of_number'),
        ),
    ]
