"""Sign in with one factor or two, sign out, and a forgotten password; members are invited, so nobody signs up."""

from allauth.account import views
from allauth.mfa.base.views import authenticate, reauthenticate
from allauth.mfa.recovery_codes.views import download_recovery_codes
from django.urls import path

from config.accounts import security

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/<uidb36>-<key>/",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", security.TwoFactor.as_view(), name="mfa_index"),
    path("2fa/authenticate/", authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", reauthenticate, name="mfa_reauthenticate"),
    path("2fa/app/", security.Activate.as_view(), name="mfa_activate_totp"),
    path("2fa/app/off/", security.Deactivate.as_view(), name="mfa_deactivate_totp"),
    path("2fa/codes/", security.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("2fa/codes/new/", security.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("2fa/codes/download/", download_recovery_codes, name="mfa_download_recovery_codes"),
    path("sessions/", security.Devices.as_view(), name="usersessions_list"),
    path("sessions/<int:pk>/end/", security.end_session, name="end_session"),
]
