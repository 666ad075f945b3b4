from django.apps import AppConfig


class MasterplansConfig(AppConfig):
    name = "apps.masterplans"
    label = "masterplans"
