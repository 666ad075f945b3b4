"""People and tokens in Django's admin."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from apps.accounts.models import ApiToken, User

# Django's class takes its type parameter in the stubs only.
if TYPE_CHECKING:
    TokenAdmin = admin.ModelAdmin[ApiToken]
else:
    TokenAdmin = admin.ModelAdmin

admin.site.register(User, UserAdmin)


@admin.register(ApiToken)
class ApiTokenAdmin(TokenAdmin):
    """Tokens can be looked at and revoked; their text is kept nowhere."""

    list_display = ("name", "user", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    readonly_fields = ("user", "digest", "created_at", "last_used_at")
    search_fields = ("name", "user__username")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tokens are made through the API, which shows them once."""
        return False
