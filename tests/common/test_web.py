from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxDetails

from apps.common import web
from apps.common.errors import InvalidInput, NotAllowed

HTMX = {"HX-Request": "true"}


def request_with(headers: dict[str, str]) -> HttpRequest:
    request = RequestFactory().get("/somewhere", headers=headers)
    request.user = AnonymousUser()
    request._messages = CookieStorage(request)
    request.htmx = HtmxDetails(request)
    return request


def answering(response: HttpResponse) -> Callable[[HttpRequest], HttpResponseBase]:
    return lambda request: response


class TestSecurityHeaders:
    def test_policy_allows_nothing_inline(self) -> None:
        respond = web.SecurityHeadersMiddleware(answering(HttpResponse("x")))

        headers = respond(request_with({})).headers

        assert headers["Content-Security-Policy"] == web.CONTENT_SECURITY_POLICY
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "private, no-cache"

    def test_a_view_may_set_its_own(self) -> None:
        own = HttpResponse("x", headers={"Content-Security-Policy": "default-src 'self'"})
        respond = web.SecurityHeadersMiddleware(answering(own))

        assert respond(request_with({})).headers["Content-Security-Policy"] == "default-src 'self'"

    def test_json_is_not_told_how_to_cache(self) -> None:
        respond = web.SecurityHeadersMiddleware(
            answering(HttpResponse("{}", content_type="application/json"))
        )

        assert "Cache-Control" not in respond(request_with({})).headers


class TestRefusal:
    def refuse(self, error: Exception, headers: dict[str, str]) -> HttpResponseBase | None:
        middleware = web.RefusalMiddleware(answering(HttpResponse()))
        return middleware.process_exception(request_with(headers), error)

    @pytest.mark.parametrize(
        ("error", "status", "title"),
        [
            (NotAllowed(needed="Lead, Operator"), 403, "You may not do this"),
            (InvalidInput(problem="The file is empty."), 422, "This was not accepted"),
        ],
    )
    @pytest.mark.django_db
    def test_page(self, error: Exception, status: int, title: str) -> None:
        response = self.refuse(error, {})

        assert isinstance(response, HttpResponse)
        assert response.status_code == status
        assert title in response.content.decode()
        assert str(error) in response.content.decode()

    def test_fragment_goes_to_the_messages(self) -> None:
        response = self.refuse(InvalidInput(problem="<b>"), HTMX)

        assert isinstance(response, HttpResponse)
        assert response.status_code == 422
        assert response.headers["HX-Retarget"] == "#messages"
        assert response.headers["X-Refusal"] == "1"
        assert "&lt;b&gt;" in response.content.decode()
        assert "<html" not in response.content.decode()

    def test_other_exceptions_fly_on(self) -> None:
        assert self.refuse(RuntimeError("bug"), {}) is None


class TestSessionEnd:
    def test_htmx_is_not_led_to_the_sign_in_page(self) -> None:
        redirect = HttpResponseRedirect("/accounts/sign-in?next=/masterplans/")
        respond = web.RefusalMiddleware(answering(redirect))

        assert respond(request_with(HTMX)).status_code == 401

    def test_a_page_is(self) -> None:
        redirect = HttpResponseRedirect("/accounts/sign-in?next=/masterplans/")
        respond = web.RefusalMiddleware(answering(redirect))

        assert respond(request_with({})) is redirect

    def test_other_redirects_stay(self) -> None:
        redirect = HttpResponseRedirect("/masterplans/")
        respond = web.RefusalMiddleware(answering(redirect))

        assert respond(request_with(HTMX)) is redirect


class TestRenderPart:
    def render(self, headers: dict[str, str]) -> HttpResponse:
        return web.render_part(
            request_with(headers), "errors/500.html", {"message": "Hi"}, a_part="_refusal.html"
        )

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"HX-Target": "a-part"},
            HTMX,
            {**HTMX, "HX-Target": "elsewhere"},
            {**HTMX, "HX-Target": "a-part", "HX-Boosted": "true"},
            {**HTMX, "HX-Target": "a-part", "HX-History-Restore-Request": "true"},
        ],
    )
    def test_page(self, headers: dict[str, str]) -> None:
        response = self.render(headers)

        assert "<html" in response.content.decode()
        assert response.headers["Vary"] == "HX-Request, HX-Target"

    def test_part_by_its_id(self) -> None:
        response = self.render({**HTMX, "HX-Target": "a-part"})

        assert "<html" not in response.content.decode()
        assert response.headers["Vary"] == "HX-Request, HX-Target"


@pytest.mark.django_db
def test_a_form_without_token_is_told_what_to_do() -> None:
    browser = Client(enforce_csrf_checks=True)

    response = browser.post("/accounts/sign-in", {"username": "a", "password": "b"})

    text = response.content.decode()
    assert response.status_code == 403
    assert "<h1>This form is too old</h1>" in text
    assert "Load the form again" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("referer", "is_offered"),
    [("http://testserver/accounts/sign-in", True), ("https://evil.example/", False)],
)
def test_an_old_form_is_loaded_again_from_where_it_was(referer: str, is_offered: bool) -> None:
    browser = Client(enforce_csrf_checks=True)

    response = browser.post("/accounts/sign-in", headers={"Referer": referer})

    assert (f'href="{referer}"' in response.content.decode()) is is_offered
