"""What holds for every answer under /api/v2/, also where Django answers before the API does."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware

from apps.common.problems import CONTENT_TYPE, problem

API_PATH = "/api/v2/"


class ApiAnswersMiddleware(ConditionalGetMiddleware):
    """Gives every GET an ETag, and 304 to If-None-Match; makes Django's own errors problems.

    Stands outside CommonMiddleware, which would give a 304 a length of 0 (RFC 9110 forbids it). A
    streamed download has no ETag, because its bytes are not known before they are sent.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Return the response, or what stands for it; other addresses keep theirs."""
        if not request.path_info.startswith(API_PATH):
            return response
        # Kept by the caller alone, and asked for again each time; the ETag makes that cheap.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        answer = super().process_response(request, response)
        if isinstance(answer, HttpResponse) and answer.status_code >= 400:
            _make_problem(answer)
        return answer

    def needs_etag(self, response: HttpResponseBase) -> bool:
        """Return whether there is something to compare: errors are never "not modified"."""
        return response.status_code == 200


def _make_problem(response: HttpResponse) -> None:
    """Replace the page in place: headers such as Allow stay, and Django logs it once only."""
    if response.headers.get("Content-Type") == CONTENT_TYPE:
        return
    made = problem(response.status_code)
    response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["Content-Length"] = str(len(made.content))
    response.content = made.content
