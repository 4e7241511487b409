import gateway.models.attachment
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0010_held_question'),
    ]

    operations = [
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
    ]
