from django.apps import AppConfig
from django.core.signals import setting_changed


class LlmConfig(AppConfig):
    name = "apps.llm"
    label = "llm"

    def ready(self) -> None:
        from apps.llm import checks, clients  # noqa: PLC0415 - models of other apps load first

        checks.register_checks()
        setting_changed.connect(clients.forget_when_changed)
