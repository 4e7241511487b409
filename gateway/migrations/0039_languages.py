from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0038_composing")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="language",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="In which mails and pages speak to this person; empty: the browser's.",
                max_length=12,
            ),
        ),
    ]
