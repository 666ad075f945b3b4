"""Signing in and out."""

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView


class SignInForm(AuthenticationForm):
    """Name and password; one sentence for a wrong pair, whichever of the two is wrong."""

    error_messages = {
        "invalid_login": "Name or password is wrong. Both tell capitals from small letters.",
        "inactive": "This account is switched off. Ask an administrator.",
    }


class SignIn(LoginView):
    """Sign in, then go where the person was going; only to an address of this console."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Sign out; by POST only, so that no link can do it."""
