from django.db import migrations, models


class Migration(migrations.Migration):
    """A mail has several recipients: what is heard early says of which."""

    dependencies = [
        ('channels_out', '0007_front_door'),
    ]

    operations = [
        migrations.AddField(
            model_name='statusevent',
            name='recipient',
            field=models.CharField(blank=True, db_default='', default='', help_text='Whom it is about, where the provider says so.', max_length=320),
        ),
    ]
