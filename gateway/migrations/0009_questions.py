import django.db.models.deletion
import gateway.models.base
from django.conf import settings
from django.db import migrations, models

from gateway.conf import listing_model


class Migration(migrations.Migration):
    """What customers on shared numbers are asked, and the codes of listings."""

    dependencies = [
        ('channels_out', '0001_initial'),
        ('gateway', '0008_identity'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListingCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=8, unique=True)),
                ('listing', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=listing_model())),
            ],
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('normalized', models.CharField(max_length=254)),
                ('address', models.CharField(help_text='Theirs, exactly as the provider gave it.', max_length=254)),
                ('kind', models.CharField(choices=[('topic', 'Which conversation'), ('business', 'Which business'), ('unknown', 'Nothing is known of the writer')], max_length=10)),
                ('language', models.CharField(max_length=12)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('expired_at', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, help_text='What the customer answered.', max_length=255)),
                ('chosen', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.customermessage')),
                ('delivery', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='channels_out.delivery')),
                ('sender', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='channels_out.sender')),
            ],
            options={
                'indexes': [models.Index(models.F('sender'), models.F('normalized'), models.F('created_at'), name='gateway_question_of_pair'), models.Index(models.F('due_at'), condition=models.Q(('due_at__isnull', False)), name='gateway_question_due')],
                'constraints': [models.UniqueConstraint(models.F('sender'), models.F('normalized'), condition=models.Q(('settled_at', None)), name='gateway_question_living_once')],
            },
        ),
        migrations.CreateModel(
            name='Option',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=255)),
                ('business', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.business')),
                ('message', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.customermessage')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='gateway.question')),
            ],
            options={
                'ordering': ('number',),
                'constraints': [models.UniqueConstraint(models.F('question'), models.F('number'), name='gateway_option_number_once')],
            },
        ),
        migrations.AddField(
            model_name='helditem',
            name='question',
            field=models.ForeignKey(blank=True, db_index=False, help_text='What the customer was asked about it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='held_items', to='gateway.question'),
        ),
    ]
