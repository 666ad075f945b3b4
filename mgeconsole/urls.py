"""Every address of the console."""

from django.contrib import admin
from django.urls import include, path

from mgeconsole.api import api

urlpatterns = [
    path("", include("apps.dashboard.urls")),
    path("accounts/", include("apps.accounts.urls")),
    path("", include("apps.budgets.urls")),
    path("", include("apps.execution.urls")),
    path("api/v2/", api.urls),
    path("admin/", admin.site.urls),
]
