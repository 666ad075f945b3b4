"""Addresses of the pages that show several apps."""

from django.urls import path
from django.views.generic import RedirectView

from apps.budgets import converters as budget_converters  # noqa: F401 - registers ovr_ref
from apps.dashboard.views.approval import approval, audit_csv
from apps.dashboard.views.approvals import approvals
from apps.dashboard.views.atom import atom
from apps.dashboard.views.metrics import metrics
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
    path("approvals/", approvals, name="approvals"),
    path("approvals/<ovr_ref:number>", approval, name="approval"),
    path("approvals/<ovr_ref:number>/audit.csv", audit_csv, name="approval_audit"),
    path("status", status, name="status"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("readyz", readyz, name="readyz"),
]
