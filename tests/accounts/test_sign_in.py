import pytest
from django.test import Client

from apps.accounts.core.roles import Role
from apps.accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/accounts/sign-in"


@pytest.fixture
def operator() -> User:
    user: User = UserFactory(username="operator", password="correct", role=Role.OPERATOR)
    return user


def sign_in(client: Client, **changes: str):
    return client.post(ADDRESS, {"username": "operator", "password": "correct", **changes})


@pytest.mark.usefixtures("operator")
class TestSignIn:
    def test_leads_to_the_plans(self, client: Client) -> None:
        assert sign_in(client).headers["Location"] == "/masterplans/"

    def test_leads_to_where_the_person_was_going(self, client: Client) -> None:
        assert sign_in(client, next="/status").headers["Location"] == "/status"

    @pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:1"])
    def test_never_leads_away(self, client: Client, address: str) -> None:
        assert sign_in(client, next=address).headers["Location"] == "/masterplans/"

    @pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}])
    def test_wrong_pair_is_not_told_apart(self, client: Client, wrong: dict[str, str]) -> None:
        text = sign_in(client, **wrong).content.decode()

        assert "Name or password is wrong." in text
        assert 'aria-invalid="true" aria-describedby="sign-in-error"' in text
        assert 'role="alert" id="sign-in-error"' in text

    def test_typed_name_is_kept_and_the_password_is_not(self, client: Client) -> None:
        text = sign_in(client, password="wrong-secret").content.decode()

        assert 'value="operator"' in text
        assert "wrong-secret" not in text

    def test_empty_field_is_named(self, client: Client) -> None:
        text = sign_in(client, password="").content.decode()

        assert 'id="password-error">Fill in your password.' in text
        assert 'aria-describedby="password-error"' in text

    def test_account_that_is_switched_off(self, client: Client, operator: User) -> None:
        operator.is_active = False
        operator.save()

        assert sign_in(client).status_code == 200

    def test_whoever_is_signed_in_goes_on(self, client: Client, operator: User) -> None:
        client.force_login(operator)

        assert client.get(ADDRESS).headers["Location"] == "/masterplans/"

    def test_markup_in_next_stays_text(self, client: Client) -> None:
        text = client.get(ADDRESS, {"next": '"><script>'}).content.decode()

        assert '"><script>' not in text


class TestSignOut:
    def test_ends_the_session(self, client: Client, operator: User) -> None:
        client.force_login(operator)

        response = client.post("/accounts/sign-out")

        assert response.headers["Location"] == ADDRESS
        assert client.get("/masterplans/").status_code == 302

    def test_no_link_can_do_it(self, client: Client, operator: User) -> None:
        client.force_login(operator)

        assert client.get("/accounts/sign-out").status_code == 405
        assert client.get("/masterplans/").status_code == 200
