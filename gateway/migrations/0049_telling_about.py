from django.db import migrations, models


class Migration(migrations.Migration):
    """What a telling is about, beside the rendered mail that the version before keeps and reads in `mail`."""

    dependencies = [
        ('gateway', '0048_stayed_back_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='telling',
            name='about',
            field=models.JSONField(null=True),
        ),
    ]
