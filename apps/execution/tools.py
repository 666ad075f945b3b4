"""Programs that a plan cannot run without, looked up before it starts."""

import shutil

from apps.execution.errors import LanguageUnavailable
from apps.masterplans.models import Language, Masterplan
from apps.validation.checks import TypeScriptUnavailable, require_typescript


def require_for(plan: Masterplan) -> None:
    """Raise LanguageUnavailable when git, or what checks the plan's language, is missing."""
    if shutil.which("git") is None:
        raise LanguageUnavailable(ref=plan.ref, reason="git was not found. Install git.")
    if plan.language in {Language.TYPESCRIPT, Language.JAVASCRIPT}:
        try:
            require_typescript()
        except TypeScriptUnavailable as error:
            raise LanguageUnavailable(ref=plan.ref, reason=str(error)) from error
