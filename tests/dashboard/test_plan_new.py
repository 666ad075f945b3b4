import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from apps.accounts.core.roles import Role
from apps.masterplans.models import Masterplan, PlanStatus
from tests.dashboard.test_preview import TEXT
from tests.factories import MasterplanFactory, UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/masterplans/new"
WITH_ERROR = TEXT.replace("- R2:", "- R1:")


def browser_of(role: Role) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture
def operator() -> Client:
    return browser_of(Role.OPERATOR)


def send(browser: Client, text: str = "", do: str = "import", **fields: object) -> HttpResponse:
    return browser.post(ADDRESS, {"text": text, "do": do, **fields})


def test_the_empty_page_asks_for_a_text(operator: Client) -> None:
    html = operator.get(ADDRESS).content.decode()

    assert 'name="text"' in html
    assert 'type="file"' in html
    assert "Nothing has been read yet." in html


def test_a_good_text_is_imported_and_its_page_opened(operator: Client) -> None:
    response = send(operator, TEXT)

    plan = Masterplan.objects.get()
    assert plan.status == PlanStatus.READY
    assert response.headers["Location"] == f"/masterplans/{plan.ref}"
    assert f"Slugs imported as {plan.ref}." in operator.get(response.url).content.decode()


def test_a_file_is_imported_in_place_of_the_text(operator: Client) -> None:
    send(operator, "something else", file=SimpleUploadedFile("plan.md", TEXT.encode()))

    assert Masterplan.objects.get().title == "Slugs"


def test_check_shows_what_was_understood_and_stores_nothing(operator: Client) -> None:
    html = send(operator, TEXT, do="check").content.decode()

    assert "2 atoms in 2 waves" in html
    assert "2 requirements, 1 covered" in html
    assert "Ready to import" in html
    assert not Masterplan.objects.exists()


def test_the_preview_is_swapped_alone_while_somebody_types(operator: Client) -> None:
    response = operator.post(
        ADDRESS, {"text": TEXT}, headers={"HX-Request": "true", "HX-Target": "preview"}
    )

    html = response.content.decode()
    assert response.status_code == 200
    assert 'id="preview"' in html
    assert "<textarea" not in html


def test_errors_are_shown_beside_their_lines_and_refuse_the_import(operator: Client) -> None:
    response = send(operator, WITH_ERROR)

    html = response.content.decode()
    assert response.status_code == 422
    assert "Not imported: the text has 1 error." in html
    assert "line 15, column" in html
    assert "R1: nothing must be lost." in html  # typed text is kept
    assert "Store as draft" in html
    assert not Masterplan.objects.exists()


def test_a_text_with_errors_can_be_stored_as_a_draft(operator: Client) -> None:
    send(operator, WITH_ERROR, do="draft")

    assert Masterplan.objects.get().status == PlanStatus.DRAFT


def test_the_same_text_offers_the_plan_that_exists_and_a_copy(operator: Client) -> None:
    send(operator, TEXT)
    known = Masterplan.objects.get()

    response = send(operator, TEXT)

    html = response.content.decode()
    assert response.status_code == 409
    assert f"This text was imported before, as {known.ref}." in html
    assert f'href="/masterplans/{known.ref}"' in html
    assert 'value="copy"' in html
    assert 'value="import"' not in html
    assert "Ready to import" not in html

    send(operator, TEXT, do="copy")
    assert Masterplan.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "file", "sentence"),
    [
        ("", None, "There is no text yet."),
        ("kept", b"", "The file is empty."),
        ("kept", b"\xff\xfe", "The file is not UTF-8 text"),
        ("kept", b"x" * 1_000_001, "The file has more than 1,000,000 bytes"),
        ("kept\x00", None, "characters of code 0"),
        ("x" * 1_000_001, None, "The text has more than 1,000,000 bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    operator: Client, text: str, file: bytes | None, sentence: str
) -> None:
    fields = {"file": SimpleUploadedFile("plan.md", file)} if file is not None else {}

    response = send(operator, text, **fields)

    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert text[:4] in html


def test_a_text_beyond_all_bounds_is_answered_with_the_page(operator: Client) -> None:
    response = send(operator, "x" * 3_000_000)

    assert response.status_code == 422
    assert "The text has more than 1,000,000 bytes" in response.content.decode()


def test_a_form_without_its_token_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(UserFactory(role=Role.OPERATOR))

    assert send(browser, TEXT).status_code == 403
    assert not Masterplan.objects.exists()


def test_more_atoms_than_a_plan_holds_are_refused(operator: Client) -> None:
    atoms = "".join(f"- `f{number}() -> int`: one.\n" for number in range(5001))

    response = send(operator, TEXT + atoms)

    assert response.status_code == 422
    assert "it holds at most 5,000. Split it." in response.content.decode()


def test_a_draft_can_be_corrected_from_its_page(operator: Client) -> None:
    draft = MasterplanFactory(source_text=WITH_ERROR)

    html = operator.get(f"{ADDRESS}?from={draft.ref}").content.decode()

    assert "R1: nothing must be lost." in html
    assert "1 error" in html


@pytest.mark.parametrize("ref", ["mp-99999", "nonsense", "mp-²", ""])
def test_a_text_to_start_from_that_does_not_exist_is_an_empty_page(
    operator: Client, ref: str
) -> None:
    assert "Nothing has been read yet." in operator.get(f"{ADDRESS}?from={ref}").content.decode()


def test_markup_in_the_text_stays_text(operator: Client) -> None:
    html = send(operator, "</textarea><script>alert(1)</script>", do="check").content.decode()

    assert "<script>alert" not in html


def test_who_may_not_import_is_told_who_may() -> None:
    response = browser_of(Role.VIEWER).get(ADDRESS)

    assert response.status_code == 403
    assert "Operator" in response.content.decode()


def test_strangers_sign_in_first() -> None:
    assert Client().get(ADDRESS).status_code == 302


def test_other_methods_are_refused(operator: Client) -> None:
    assert operator.delete(ADDRESS).status_code == 405
