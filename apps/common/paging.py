"""Lists of the API, page by page."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Field
from ninja.errors import ValidationError
from ninja.pagination import CursorPagination

MAX_PAGE_SIZE = 200


class Pages(CursorPagination):
    """Cursor pagination that refuses a cursor it did not write."""

    class Input(CursorPagination.Input):
        page_size: int | None = Field(
            None, ge=1, description=f"Rows of a page; more than {MAX_PAGE_SIZE} means as many."
        )
        cursor: str | None = Field(
            None, description="Where the page starts; copied from `next` or `previous`."
        )

    def __init__(self, **options: Any) -> None:
        super().__init__(max_page_size=MAX_PAGE_SIZE, **options)

    def paginate_queryset(
        self,
        queryset: QuerySet[Model],
        pagination: CursorPagination.Input,
        request: HttpRequest,
        **params: Any,
    ) -> Any:
        """Return the page. Raises ValidationError for a cursor of another making."""
        self._check(queryset, pagination.cursor)
        return super().paginate_queryset(queryset, pagination, request, **params)

    def _check(self, queryset: QuerySet[Model], text: str | None) -> None:
        try:
            cursor = self.Cursor.from_encoded_param(text)
            if "\0" in (cursor.p or ""):
                raise ValueError("Postgres stores no NUL")
            self._find_position(queryset, cursor)  # reads the position as the field's type
        except (ValueError, ValidationError, DjangoValidationError) as error:
            message = "This is no cursor. Copy it from `next` or `previous` of a page."
            entry = {"type": "cursor", "loc": ("query", "cursor"), "msg": message}
            raise ValidationError([entry]) from error
