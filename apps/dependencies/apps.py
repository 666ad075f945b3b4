from django.apps import AppConfig


class DependenciesConfig(AppConfig):
    name = "apps.dependencies"
    label = "dependencies"
