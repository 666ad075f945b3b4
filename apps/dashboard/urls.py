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
from apps.dashboard.views.test_reasons import (
    dispute,
    dispute_new,
    dispute_withdraw,
    objection,
    priority,
    quarantine,
    release,
)
from apps.dashboard.views.test_review import test_review
from apps.dashboard.views.tests import generate, policy, run, test, tests
from apps.masterplans import converters  # noqa: F401 - registers plan_ref

app_name = "dashboard"
TESTS = "masterplans/<plan_ref:number>/tests"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="dashboard:plan_list"), name="home"),
    path("masterplans/", plan_list, name="plan_list"),
    path("masterplans/new", plan_new, name="plan_new"),
    path("masterplans/<plan_ref:number>", plan, name="plan"),
    path(TESTS, tests, name="tests"),
    path(f"{TESTS}/run", run, name="tests_run"),
    path(f"{TESTS}/generate", generate, name="tests_generate"),
    path(f"{TESTS}/policy", policy, name="tests_policy"),
    path(f"{TESTS}/review", test_review, name="test_review"),
    path(f"{TESTS}/<uuid:test_id>", test, name="test"),
    path(f"{TESTS}/<uuid:test_id>/quarantine", quarantine, name="test_quarantine"),
    path(f"{TESTS}/<uuid:test_id>/release", release, name="test_release"),
    path(
        f"{TESTS}/requirements/<uuid:requirement_id>/priority",
        priority,
        name="requirement_priority",
    ),
    path(
        f"{TESTS}/requirements/<uuid:requirement_id>/dispute",
        dispute_new,
        name="requirement_dispute",
    ),
    path(f"{TESTS}/objections/<int:objection_id>", objection, name="objection"),
    path(f"{TESTS}/disputes/<int:dispute_id>", dispute, name="dispute"),
    path(f"{TESTS}/disputes/<int:dispute_id>/withdraw", dispute_withdraw, name="dispute_withdraw"),
    path("atoms/<uuid:atom_id>", atom, name="atom"),
    path("approvals/", approvals, name="approvals"),
    path("approvals/<ovr_ref:number>", approval, name="approval"),
    path("approvals/<ovr_ref:number>/audit.csv", audit_csv, name="approval_audit"),
    path("status", status, name="status"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("readyz", readyz, name="readyz"),
]
