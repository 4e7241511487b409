import django.db.models.deletion
import gateway.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """When somebody was reminded of what is held, and which staff read what."""

    dependencies = [
        ('gateway', '0012_thumbnails_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('reader_name', models.CharField(help_text='As it was then.', max_length=255)),
                ('business', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.business')),
                ('held', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='gateway.helditem')),
                ('message', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='gateway.customermessage')),
                ('reader', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='helditem',
            name='members_told_at',
            field=models.DateTimeField(blank=True, help_text='When the people of its business were reminded.', null=True),
        ),
        migrations.AddField(
            model_name='helditem',
            name='staff_told_at',
            field=models.DateTimeField(blank=True, help_text='When staff were reminded, the last of its clock.', null=True),
        ),
    ]
