"""Addresses of what people do with a plan."""

from django.urls import path

from apps.execution import views
from apps.masterplans import converters  # noqa: F401 - registers plan_ref

app_name = "execution"

urlpatterns = [
    path("masterplans/<plan_ref:number>/cancel", views.cancel, name="cancel"),
    path("masterplans/<plan_ref:number>/export/<slug:kind>", views.export, name="export"),
    path("masterplans/<plan_ref:number>/<slug:verb>", views.act, name="act"),
]
