"""A host project that has nothing but this package: what one worker process needs."""

import json
import os

SECRET_KEY = "tests-only"
USE_TZ = True
INSTALLED_APPS = ["channels_out"]
DATABASES = {"default": json.loads(os.environ["WORKER_DATABASE"])}
PUBLIC_URL = "https://gateway.test"
TWILIO_API_URL, TWILIO_ACCOUNT_SID, _token = os.environ["WORKER_TWILIO"].split()
TWILIO_AUTH_TOKENS = (_token,)
