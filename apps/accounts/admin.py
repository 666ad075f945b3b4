"""People and tokens in Django's admin; audit log and messages to look at."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from apps.accounts.models import ApiToken, AuditEntry, Delivery, Notification, User

# Django's classes take their type parameters in the stubs only.
if TYPE_CHECKING:
    TokenAdmin = admin.ModelAdmin[ApiToken]
    AuditAdmin = admin.ModelAdmin[AuditEntry]
    NotificationAdmin = admin.ModelAdmin[Notification]
    DeliveryInline = admin.TabularInline[Delivery, Notification]
else:
    TokenAdmin = AuditAdmin = NotificationAdmin = admin.ModelAdmin
    DeliveryInline = admin.TabularInline

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


class ReadOnly:
    """Rows that only the console itself writes."""

    def has_add_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_change_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, AuditAdmin):
    """Who did what, newest first."""

    list_display = ("at", "by", "action", "subject", "sentence")
    list_select_related = ("by",)
    search_fields = ("action", "subject", "sentence", "by__username")


class Deliveries(ReadOnly, DeliveryInline):
    """What became of a message, channel by channel."""

    model = Delivery
    fields = ("label", "tries", "next_try_at", "sent_at", "gave_up_at", "last_error")


@admin.register(Notification)
class OutboxAdmin(ReadOnly, NotificationAdmin):
    """Messages to people, also those that no channel carried."""

    list_display = ("created_at", "kind", "title", "path")
    list_filter = ("kind",)
    inlines = (Deliveries,)
