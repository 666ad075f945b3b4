"""What a plan cannot run without, looked up before it starts: programs, and the model's price."""

import shutil

from django.utils import timezone

from apps.budgets.errors import ModelHasNoPrice
from apps.budgets.queries.prices import price_of
from apps.execution.errors import LanguageUnavailable
from apps.llm.profiles import get_profile
from apps.masterplans.models import Language, Masterplan
from apps.validation.checks import TypeScriptUnavailable, require_typescript


def require_for(plan: Masterplan) -> None:
    """Raise LanguageUnavailable when git, or what checks the plan's language, is missing.

    Raises ModelHasNoPrice when nobody knows what the calls would cost.
    """
    if shutil.which("git") is None:
        raise LanguageUnavailable(ref=plan.ref, reason="git was not found. Install git.")
    if plan.language in {Language.TYPESCRIPT, Language.JAVASCRIPT}:
        try:
            require_typescript()
        except TypeScriptUnavailable as error:
            raise LanguageUnavailable(ref=plan.ref, reason=str(error)) from error
    profile = get_profile(plan.model)
    if price_of(profile.billed_by, profile.model, at=timezone.now()) is None:
        raise ModelHasNoPrice(model=profile.model, provider=profile.billed_by)
