"""Addresses of the pages that show several apps."""

from django.urls import path
from django.views.generic import RedirectView

from apps.dashboard.views.atom import atom
from apps.dashboard.views.plan import plan
from apps.dashboard.views.plan_list import plan_list
from apps.dashboard.views.plan_new import plan_new
from apps.dashboard.views.probes import healthz, readyz
from apps.dashboard.views.status import status
from apps.masterplans import converters  # noqa: F401 - registers plan_ref

app_name = "dashboard"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="dashboard:plan_list"), name="home"),
    path("masterplans/", plan_list, name="plan_list"),
    path("masterplans/new", plan_new, name="plan_new"),
    path("masterplans/<plan_ref:number>", plan, name="plan"),
    path("atoms/<uuid:atom_id>", atom, name="atom"),
    path("status", status, name="status"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
