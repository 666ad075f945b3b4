"""Who calls the API: a program with a bearer token, or a person in the browser."""

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer, SessionAuth

from apps.accounts.actions import user_of_token
from apps.accounts.models import User


class ApiRequest(HttpRequest):
    """A request that passed one of the two checks below."""

    user: User


class TokenBearer(HttpBearer):
    """`Authorization: Bearer mge_…`; the user of the token becomes the request's user."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = user_of_token(token, now=timezone.now())
        if user is not None:
            request.user = user
        return user


class PageSession(SessionAuth):
    """The session of the pages; writes need the CSRF token too."""
