import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import gateway.models.attachment
import gateway.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('channels_out', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Business',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=120)),
                ('slug', models.CharField(help_text='The part before @ of the public address.', max_length=60, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9]+(-[a-z0-9]+)*$', 'Lower-case letters, digits and hyphens.')])),
                ('inbox_version', models.PositiveBigIntegerField(default=0, editable=False, help_text='Grows with every change of the inbox; open pages ask for it.')),
            ],
            options={
                'verbose_name_plural': 'businesses',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='Listing',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('external_id', models.CharField(blank=True, help_text='Its id where it is kept.', max_length=100)),
                ('title', models.CharField(max_length=200)),
                ('url', models.URLField(blank=True, max_length=500)),
                ('price', models.CharField(blank=True, help_text='As shown: amount and currency.', max_length=60)),
                ('status', models.CharField(blank=True, max_length=40)),
                ('photos', models.JSONField(blank=True, default=list, help_text='Addresses of pictures.')),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='listings', to='gateway.business')),
            ],
            options={
                'ordering': ('title',),
                'swappable': 'GATEWAY_LISTING_MODEL',
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(blank=True, max_length=255)),
                ('language', models.CharField(blank=True, max_length=12)),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='gateway.business')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ContactAddress',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('channel', models.CharField(choices=[('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=10)),
                ('address', models.CharField(help_text='Exactly as the provider or the person gave it.', max_length=254)),
                ('normalized', models.CharField(max_length=254)),
                ('last_inbound_at', models.DateTimeField(blank=True, null=True)),
                ('last_outbound_at', models.DateTimeField(blank=True, null=True)),
                ('bounced_at', models.DateTimeField(blank=True, null=True)),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.business')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='gateway.contact')),
            ],
            options={
                'verbose_name_plural': 'contact addresses',
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('source', models.CharField(help_text='form, inbound, import', max_length=40)),
                ('words', models.TextField(blank=True, help_text='What the customer was shown, word for word.')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='gateway.contact')),
                ('address', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='gateway.contactaddress')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DedicatedSender',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dedicated_senders', to='gateway.business')),
                ('sender', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='dedication', to='channels_out.sender')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='MemberAddress',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('channel', models.CharField(choices=[('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('web', 'Web')], default='email', max_length=10)),
                ('address', models.CharField(help_text='Normalised: lower case for email, E.164 for numbers.', max_length=254)),
                ('verified_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gateway_addresses', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'member addresses',
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('member', 'Member'), ('agent', 'Agent (suggests, does not answer)')], default='owner', max_length=10)),
                ('is_active', models.BooleanField(default=True)),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='gateway.business')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gateway_memberships', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='business',
            name='members',
            field=models.ManyToManyField(related_name='gateway_businesses', through='gateway.Membership', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.UniqueConstraint(models.F('business'), models.F('external_id'), condition=models.Q(('external_id', ''), _negated=True), name='gateway_listing_external_once'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(fields=['business', 'name'], name='gateway_contact_name'),
        ),
        migrations.AddIndex(
            model_name='contactaddress',
            index=models.Index(fields=['business', 'channel', 'normalized'], name='gateway_contactaddress_find'),
        ),
        migrations.AddConstraint(
            model_name='contactaddress',
            constraint=models.UniqueConstraint(models.F('contact'), models.F('channel'), models.F('normalized'), name='gateway_contactaddress_once'),
        ),
        migrations.AddIndex(
            model_name='memberaddress',
            index=models.Index(fields=['channel', 'address'], name='gateway_memberaddress_find'),
        ),
        migrations.AddConstraint(
            model_name='memberaddress',
            constraint=models.UniqueConstraint(models.F('user'), models.F('channel'), models.F('address'), name='gateway_memberaddress_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(models.F('business'), models.F('user'), name='gateway_membership_once'),
        ),
        migrations.AddConstraint(
            model_name='business',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('slug'), name='gateway_business_slug_ci'),
        ),
    ]
