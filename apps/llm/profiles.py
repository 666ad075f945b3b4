"""The profiles of this installation."""

from django.conf import settings

from apps.llm.core import profiles
from apps.llm.core.profiles import Profile


def load_profiles() -> dict[str, Profile]:
    """Return the profiles of LLM_PROFILES by name; raises InvalidProfile."""
    return profiles.read_profiles(settings.LLM_PROFILES)


def get_profile(name: str) -> Profile:
    """Return one profile; raises InvalidProfile that names the known ones."""
    return profiles.pick(load_profiles(), name)
