import django.db.models.deletion
import gateway.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who is on copy of a conversation, who got a copy of which answer, and what he wrote back."""

    dependencies = [
        ('gateway', '0040_check_domains'),
    ]

    operations = [
        migrations.AddField(
            model_name='messagereply',
            name='by_partner',
            field=models.BooleanField(db_default=False, default=False, help_text='Written by somebody whom the business keeps on copy, not by the customer.'),
        ),
        migrations.CreateModel(
            name='Copy',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('address', models.CharField(help_text='In its normal form.', max_length=254)),
                ('name', models.CharField(blank=True, max_length=255)),
                ('bounced_at', models.DateTimeField(blank=True, help_text='When mail to it came back; none is sent there since.', null=True)),
                ('added_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.membership')),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='copies', to='gateway.customermessage')),
            ],
            options={
                'verbose_name_plural': 'copies',
                'ordering': ('created_at', 'id'),
                'constraints': [models.UniqueConstraint(models.F('message'), models.F('address'), name='gateway_copy_once')],
            },
        ),
        migrations.CreateModel(
            name='CopySent',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('address', models.CharField(max_length=254)),
                ('name', models.CharField(blank=True, help_text='As it was then.', max_length=255)),
                ('problem', models.CharField(blank=True, max_length=20)),
                ('reply', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='copied', to='gateway.messagereply')),
            ],
            options={
                'verbose_name_plural': 'copies sent',
                'ordering': ('created_at', 'id'),
                'constraints': [models.UniqueConstraint(models.F('reply'), models.F('address'), name='gateway_copysent_once')],
            },
        ),
    ]
