"""manage.py import_masterplan and demo."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from apps.accounts.core.roles import Role
from apps.accounts.models import User
from apps.masterplans.models import Masterplan
from tests.execution.plans import TEXT
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    user: User = UserFactory(username="operator", role=Role.OPERATOR)
    return user


def test_import_and_start(
    operator: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.md"
    file.write_text(TEXT, encoding="utf-8")

    call_command("import_masterplan", str(file), "--start")

    plan = Masterplan.objects.get()
    assert plan.status == "running"
    assert capsys.readouterr().out == f"{plan.ref} running Greetings\n"


def test_problems_are_printed_with_their_place(
    operator: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.md"
    file.write_text(TEXT.replace("budget_usd: 5.00", "budget_usd: -1"), encoding="utf-8")

    call_command("import_masterplan", str(file))

    assert f"{file}:5:" in capsys.readouterr().err
    assert Masterplan.objects.get().status == "draft"


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), (b"\xff\xfe\x00", "not UTF-8")]
)
def test_a_file_that_cannot_be_read(
    operator: User, tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "plan.md"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError, match=said):
        call_command("import_masterplan", str(file))


def test_an_unknown_owner_is_named(tmp_path: Path) -> None:
    file = tmp_path / "plan.md"
    file.write_text(TEXT, encoding="utf-8")

    with pytest.raises(CommandError, match="nobody"):
        call_command("import_masterplan", str(file), "--user", "nobody")


def test_the_demo_may_be_repeated(settings: LazySettings) -> None:
    settings.DEMO_PASSWORD = "correct horse battery"

    for _ in range(2):
        call_command("demo")

    assert set(User.objects.values_list("username", flat=True)) == {
        "operator",
        "reviewer",
        "approver",
        "lead",
        "admin",
    }
    assert Masterplan.objects.count() == 3
    running = Masterplan.objects.filter(status="running")
    assert set(running.values_list("package", flat=True)) == {"textkit", "inventory"}
    assert not Masterplan.objects.filter(status="draft").exists()


def test_the_demo_needs_a_password(settings: LazySettings) -> None:
    settings.DEMO_PASSWORD = ""

    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("demo")
