from django.urls import path

from partners.views import Orders

app_name = "partners"
urlpatterns = [path("orders/", Orders.as_view(), name="orders")]
