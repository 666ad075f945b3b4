"""Refuses to start with LLM settings that no call could use."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from apps.llm.core.profiles import InvalidProfile
from apps.llm.profiles import load_profiles


def register_checks() -> None:
    """Let `manage.py check`, which every start runs, look at the LLM settings."""
    checks.register(check_profiles)
    checks.register(check_layers)


def check_profiles(**_: Any) -> list[checks.CheckMessage]:
    try:
        load_profiles()
    except InvalidProfile as error:
        return [checks.Error(error.sentence, hint="Correct LLM_PROFILES.", id="llm.E001")]
    return []


def check_layers(**_: Any) -> list[checks.CheckMessage]:
    problems: list[checks.CheckMessage] = []
    for path in settings.LLM_LAYERS:
        try:
            import_string(path)
        except ImportError as error:
            problems.append(checks.Error(str(error), hint="Correct LLM_LAYERS.", id="llm.E002"))
    return problems
