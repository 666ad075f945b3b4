"""Addresses of the pages about money."""

from django.urls import path

from apps.budgets.views.adjust import adjust
from apps.budgets.views.caps import caps
from apps.budgets.views.cost import cost, cost_csv
from apps.budgets.views.plan_budget import ledger_csv, plan_budget
from apps.budgets.views.prices import prices
from apps.budgets.views.request import request_override
from apps.masterplans import converters  # noqa: F401 - registers plan_ref

app_name = "budgets"

urlpatterns = [
    path("masterplans/<plan_ref:number>/budget", plan_budget, name="plan"),
    path("masterplans/<plan_ref:number>/budget/ledger.csv", ledger_csv, name="ledger_csv"),
    path("masterplans/<plan_ref:number>/budget/request", request_override, name="request"),
    path("masterplans/<plan_ref:number>/budget/caps", caps, name="caps"),
    path("masterplans/<plan_ref:number>/budget/charges/<uuid:hold_id>", adjust, name="adjust"),
    path("cost", cost, name="cost"),
    path("cost.csv", cost_csv, name="cost_csv"),
    path("prices", prices, name="prices"),
]
