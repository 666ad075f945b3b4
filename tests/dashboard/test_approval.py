import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, User
from apps.budgets import actions as budgets
from apps.budgets.core.overrides import Decision
from apps.budgets.models import Budget, ConfirmationCode, Override
from apps.execution.actions import decide_override
from apps.execution.models import AttemptStatus
from apps.masterplans.models import AtomStatus, Masterplan
from tests.dashboard.approvals import browser_of, paused_plan, person, request_for
from tests.factories import AtomFactory, AttemptFactory, WaveFactory

pytestmark = pytest.mark.django_db
QUERIES = 25
PASSWORD = "only-for-these-tests"
PARTS = ("approval_head", "approval_facts", "decision", "approval_record")


@pytest.fixture(autouse=True)
def _quick_passwords(settings: LazySettings) -> None:
    """Slow hashing is what a password needs, and what these many tests do not."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def marta() -> User:
    return person(Role.OPERATOR, "marta")


@pytest.fixture
def dana() -> User:
    return person(Role.APPROVER, "dana", PASSWORD)


@pytest.fixture
def iker() -> User:
    return person(Role.APPROVER, "iker", PASSWORD)


@pytest.fixture
def plan() -> Masterplan:
    return paused_plan(title="Billing sync")


@pytest.fixture
def override(plan: Masterplan, marta: User) -> Override:
    return request_for(plan, asked_by=marta)


@pytest.fixture
def approver(dana: User) -> Client:
    return browser_of(dana)


def text_of(response: HttpResponse) -> str:
    """The words of the page as somebody reads them, each space as one."""
    html = re.sub(r"<textarea[^>]*>|<[^>]+>", " ", response.content.decode())
    return " ".join(html.split())


def page(browser: Client, override: Override, query: str = "", part: str = "") -> HttpResponse:
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    return browser.get(f"/approvals/{override.ref}{query}", headers=headers)


def decide(browser: Client, override: Override, **fields: str) -> HttpResponse:
    values = {
        "do": "decide",
        "choice": "asked",
        "other": "",
        "comment": "Spec fix checked.",
        "typed": "260",
        "password": PASSWORD,
    }
    return browser.post(f"/approvals/{override.ref}", values | fields)


def hard_cap(plan: Masterplan) -> Decimal:
    return Budget.objects.get(plan=plan).hard_cap


def standing(plan: Masterplan) -> str:
    return str(Masterplan.objects.get(pk=plan.pk).status)


def spent_evenly(plan: Masterplan) -> None:
    """198 USD for 18 atoms, and 4 atoms to go."""
    for _ in range(18):
        done = AtomFactory(plan=plan, status=AtomStatus.SUCCEEDED)
        AttemptFactory(atom=done, cost_usd=Decimal(11))
    for _ in range(4):
        AtomFactory(plan=plan)


class TestWhatIsShown:
    def test_the_head_says_what_is_asked(self, approver: Client, override: Override) -> None:
        words = text_of(page(approver, override))

        assert "Raise the hard cap of Billing sync to $260 Waiting for you" in words
        assert "requested by marta at" in words
        assert "expires in 3 h 41 min , the masterplan then stays paused" in words
        assert "The adapters needed four tries each." in words

    def test_what_changes(self, approver: Client, plan: Masterplan, override: Override) -> None:
        WaveFactory(plan=plan, status="passed")
        for _ in range(3):
            AtomFactory(plan=plan, wave=WaveFactory(plan=plan))

        words = text_of(page(approver, override, part="approval_facts"))

        assert "Hard cap $200.00 $260.00 +$60.00 · +30%" in words
        assert "Soft cap 70% of hard cap $140.00 $182.00 +$42.00" in words
        assert "Budget left $200.00 $260.00 spent so far $0.00" in words
        assert "Paused Resumes wave 2 3 atoms to go" in words

    def test_where_the_money_went(
        self, approver: Client, plan: Masterplan, override: Override
    ) -> None:
        costly = AtomFactory(plan=plan, symbol="avalara_quote", status=AtomStatus.SUCCEEDED)
        for cost in ("30", "45", "75"):
            AttemptFactory(atom=costly, status=AttemptStatus.REJECTED, cost_usd=Decimal(cost))
        for _ in range(6):
            AttemptFactory(atom=AtomFactory(plan=plan), cost_usd=Decimal(5))

        words = text_of(page(approver, override, part="approval_facts"))

        assert "avalara_quote 3 $150.00 $120.00 83.3%" in words
        assert words.count("$5.00 $0.00") == 4
        assert "All 7 atoms" in words
        assert "New cap $260" in words
        assert "spent so far $180.00" in words

    def test_the_forecast_is_offered_as_an_amount(
        self, approver: Client, plan: Masterplan, override: Override
    ) -> None:
        spent_evenly(plan)

        html = page(approver, override).content.decode()

        assert 'value="enough-242"' in html
        assert "enough for 9 runs in 10" in html

    def test_policy_checks(self, approver: Client, override: Override) -> None:
        words = text_of(page(approver, override, part="approval_record"))

        assert "Two people marta asked, you decide" in words
        assert "Under the team ceiling $260 of $500" in words

    def test_the_second_override_this_week_is_linked(
        self, approver: Client, dana: User, plan: Masterplan, override: Override
    ) -> None:
        Override.objects.filter(pk=override.pk).update(
            status="approved",
            granted=Decimal(200),
            decided_by=dana,
            decided_at=timezone.now(),
        )
        second = request_for(plan)

        html = page(approver, second, part="approval_record").content.decode()

        assert f'href="/approvals/{override.ref}"' in html

    def test_markup_in_texts_is_text(self, approver: Client, plan: Masterplan) -> None:
        override = request_for(plan, reason="<script>alert(1)</script>")

        html = page(approver, override).content.decode()

        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html

    def test_the_neighbours_that_wait(self, approver: Client, override: Override) -> None:
        other = request_for(paused_plan(5))

        html = page(approver, override).content.decode()

        assert "1 of 2" in html
        assert f'id="next-approval" href="/approvals/{other.ref}" data-hotkey="]"' in html
        assert "previous-approval" not in html

    @pytest.mark.parametrize("part", PARTS)
    def test_each_live_part_is_fetched_alone(
        self, approver: Client, override: Override, part: str
    ) -> None:
        html = page(approver, override, part=part).content.decode()

        assert f'id="{part}"' in html
        assert f"approval.{override.ref}" in html
        assert "<html" not in html

    def test_the_form_is_not_replaced_while_it_is_the_same(
        self, approver: Client, dana: User, override: Override
    ) -> None:
        seen = "?seen=waiting-form"

        assert page(approver, override, seen, part="decision").status_code == 204
        assert page(approver, override, seen, part="approval_head").status_code == 200
        decide(approver, override, choice="decline")

        response = page(approver, override, seen, part="decision")
        assert response.status_code == 200
        assert "dana declined" in text_of(response)

    def test_queries_do_not_grow_with_the_plan(
        self,
        approver: Client,
        plan: Masterplan,
        override: Override,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _ in range(12):
            AttemptFactory(atom=AtomFactory(plan=plan), cost_usd=Decimal(1))

        with django_assert_max_num_queries(QUERIES):
            page(approver, override)


class TestWhoSeesWhat:
    def test_the_requester_cannot_decide(self, marta: User, dana: User, override: Override) -> None:
        words = text_of(page(browser_of(marta), override))

        assert "You cannot decide on your own request." in words
        assert "It waits for dana" in words
        assert "Withdraw the request" in words
        assert "Your decision" not in words

    def test_a_requester_with_the_role_cannot_either(self, plan: Masterplan, dana: User) -> None:
        override = request_for(plan, asked_by=dana)

        response = decide(browser_of(dana), override)

        assert response.status_code == 403
        assert "You cannot decide on your own request." in text_of(response)
        assert "Spec fix checked." in text_of(response)
        assert hard_cap(plan) == 200

    def test_a_reader_is_told_who_decides(self, override: Override, dana: User, iker: User) -> None:
        words = text_of(page(browser_of(person(Role.VIEWER, "vera")), override))

        assert (
            "You can read this request. Only budget approvers decide on it: dana , iker ." in words
        )
        assert "marta asked, dana decides" in words

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.LEAD, Role.ADMIN])
    def test_no_other_role_decides(self, plan: Masterplan, override: Override, role: Role) -> None:
        response = decide(browser_of(person(role, "somebody")), override)

        assert response.status_code == 403
        assert "Budget approver may" in text_of(response)
        assert hard_cap(plan) == 200

    def test_a_stranger_signs_in_first(self, override: Override) -> None:
        for response in (page(Client(), override), decide(Client(), override)):
            assert response.headers["Location"].startswith("/accounts/sign-in")

    def test_somebody_without_a_role_is_told(self, override: Override) -> None:
        assert page(browser_of(person(None, "nobody")), override).status_code == 403

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_wrong_method(self, approver: Client, override: Override, method: str) -> None:
        assert getattr(approver, method)(f"/approvals/{override.ref}").status_code == 405

    @pytest.mark.parametrize("ref", ["ovr-9999", "ovr-0000", "ovr-999999999"])
    def test_an_unknown_request(self, approver: Client, ref: str) -> None:
        assert approver.get(f"/approvals/{ref}").status_code == 404


class TestDecision:
    def test_approved_as_asked(
        self, approver: Client, plan: Masterplan, override: Override
    ) -> None:
        AtomFactory(plan=plan)

        response = decide(approver, override)

        assert response.headers["Location"] == f"/approvals/{override.ref}"
        assert [str(message) for message in get_messages(response.wsgi_request)] == [
            "Hard cap of Billing sync raised to $260. It resumes."
        ]
        assert hard_cap(plan) == 260
        assert standing(plan) == "running"
        words = text_of(page(approver, override))
        assert "Approved $260" in words
        assert "dana approved a hard cap of $260" in words
        assert "Spec fix checked." in words

    @pytest.mark.parametrize(
        ("fields", "cap"),
        [
            ({"typed": "260.00"}, 260),
            ({"choice": "other", "other": "240", "typed": "$240"}, 240),
            ({"choice": "enough-251", "typed": "251"}, 251),
        ],
    )
    def test_another_amount(
        self,
        approver: Client,
        plan: Masterplan,
        override: Override,
        fields: dict[str, str],
        cap: int,
    ) -> None:
        assert decide(approver, override, **fields).status_code == 302
        assert hard_cap(plan) == cap

    def test_declined(self, approver: Client, plan: Masterplan, override: Override) -> None:
        response = decide(approver, override, choice="decline", typed="")

        assert response.status_code == 302
        assert (hard_cap(plan), standing(plan)) == (200, "paused")
        words = text_of(page(approver, override))
        assert "dana declined. The hard cap stays" in words
        assert "Nothing has changed" in words

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"comment": ""}, "comment", "A comment is needed."),
            ({"typed": "26"}, "typed", "Type 260, the amount that you approve."),
            ({"choice": "other", "other": "900"}, "other", "above the team ceiling of $500"),
            ({"choice": "nothing"}, "choice", "Choose what you decide."),
            ({"password": "guess"}, "password", "This is not your password."),
            ({"password": ""}, "password", "Type your password"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(
        self,
        approver: Client,
        plan: Masterplan,
        override: Override,
        fields: dict[str, str],
        field: str,
        sentence: str,
    ) -> None:
        response = decide(approver, override, **{"comment": "Kept, surely.", **fields})

        html = response.content.decode()
        assert response.status_code == 422
        assert sentence in html
        assert f'id="{field}-error"' in html
        assert 'role="alert"' in html
        assert f'href="#{field}"' in html
        assert re.search(rf'aria-describedby="[^"]*{field}-error', html)
        assert fields.get("comment", "Kept, surely.") in html
        assert "guess" not in html
        assert PASSWORD not in html
        assert (hard_cap(plan), standing(plan)) == (200, "paused")

    def test_a_refusal_of_the_ledger_is_said(
        self, approver: Client, plan: Masterplan, override: Override
    ) -> None:
        AttemptFactory(atom=AtomFactory(plan=plan), cost_usd=Decimal(150))

        response = decide(approver, override, choice="other", other="149", typed="149")

        assert response.status_code == 409
        assert "Nothing was decided." in text_of(response)
        assert "149" in text_of(response)
        assert hard_cap(plan) == 200

    def test_somebody_else_was_faster(
        self, approver: Client, iker: User, plan: Masterplan, override: Override
    ) -> None:
        decide_override(
            override_id=override.pk,
            by=iker,
            decision=Decision.APPROVE,
            amount=Decimal(250),
            comment="I was faster.",
        )

        response = decide(approver, override, comment="All of this was typed.")

        words = text_of(response)
        assert response.status_code == 409
        assert f"{override.ref} was approved by iker at" in words
        assert "I was faster." in words
        assert "What you had written All of this was typed." in words
        assert hard_cap(plan) == 250

    @pytest.mark.parametrize("do", ["decide", "withdraw", "code"])
    def test_an_expired_request_is_over(
        self, marta: User, dana: User, plan: Masterplan, do: str
    ) -> None:
        late = request_for(plan, asked_by=marta, expires_at=timezone.now() - timedelta(seconds=1))
        who = marta if do == "withdraw" else dana

        response = decide(browser_of(who), late, do=do, code_password=PASSWORD)

        assert response.status_code == 409
        assert hard_cap(plan) == 200
        words = text_of(page(browser_of(dana), late))
        assert "Nobody decided in time. The hard cap stays" in words

    def test_a_late_decision_is_told_and_its_comment_kept(
        self, approver: Client, plan: Masterplan
    ) -> None:
        late = request_for(plan, expires_at=timezone.now() - timedelta(seconds=1))

        words = text_of(decide(approver, late, comment="Too late."))

        assert f"{late.ref} expired at" in words
        assert "What you had written Too late." in words

    def test_the_chosen_row_stays_when_the_offer_has_changed(
        self, approver: Client, plan: Masterplan, override: Override
    ) -> None:
        spent_evenly(plan)

        html = decide(approver, override, choice="enough-999", typed="1").content.decode()

        assert re.search(r'value="enough-242"[^>]* checked', html)

    def test_an_older_request_tells_its_day(self, approver: Client, plan: Masterplan) -> None:
        override = request_for(plan, asked_at=timezone.now() - timedelta(days=3))

        assert "requested by" in text_of(page(approver, override))
        assert re.search(r"on \d+ \w+ \d{4}, \d\d:\d\d UTC", text_of(page(approver, override)))

    def test_the_requester_withdraws(
        self, marta: User, approver: Client, override: Override
    ) -> None:
        response = decide(browser_of(marta), override, do="withdraw")

        assert response.headers["Location"] == f"/approvals/{override.ref}"
        words = text_of(page(approver, override))
        assert "Withdrawn" in words
        assert "marta withdrew the request" in words

    def test_an_administrator_withdraws(self, override: Override) -> None:
        admin = browser_of(person(Role.ADMIN, "ada"))

        assert "Withdraw the request" in text_of(page(admin, override))
        assert decide(admin, override, do="withdraw").status_code == 302
        assert Override.objects.get(pk=override.pk).status == "withdrawn"

    def test_nobody_else_withdraws(self, approver: Client, override: Override) -> None:
        assert decide(approver, override, do="withdraw").status_code == 403
        assert Override.objects.get(pk=override.pk).status == "waiting"

    def test_what_was_seen_is_kept_with_the_decision(
        self, approver: Client, override: Override
    ) -> None:
        decide(approver, override)

        words = text_of(page(approver, override, part="approval_record"))

        assert "marta asked, dana decides" in words
        assert "Under the team ceiling" in words

    def test_an_ended_request_offers_to_ask_again(
        self, marta: User, approver: Client, plan: Masterplan, override: Override
    ) -> None:
        decide(approver, override, choice="decline")

        html = page(browser_of(marta), override).content.decode()

        assert f'href="/masterplans/{plan.ref}/budget/request"' in html


class TestPassword:
    def test_five_wrong_ones_are_enough(
        self, approver: Client, dana: User, plan: Masterplan, override: Override
    ) -> None:
        for _ in range(5):
            assert decide(approver, override, password="guess").status_code == 422

        response = decide(approver, override)

        assert response.status_code == 422
        assert "Too many wrong passwords" in text_of(response)
        assert hard_cap(plan) == 200

    def test_after_a_quarter_of_an_hour_they_are_forgotten(
        self, approver: Client, dana: User, plan: Masterplan, override: Override
    ) -> None:
        for _ in range(5):
            AuditEntry.objects.create(
                at=timezone.now() - timedelta(minutes=16),
                by=dana,
                action="account.password_refused",
                subject=f"user-{dana.pk}",
                sentence="A wrong password was typed to confirm a decision.",
            )

        assert decide(approver, override).status_code == 302

    def test_another_person_is_not_stopped(
        self, approver: Client, iker: User, plan: Masterplan, override: Override
    ) -> None:
        for _ in range(6):
            decide(approver, override, password="guess")

        assert decide(browser_of(iker), override).status_code == 302

    def test_a_wrong_one_is_noted_and_itself_never(
        self, approver: Client, dana: User, override: Override
    ) -> None:
        decide(approver, override, password="secret-guess")

        entry = AuditEntry.objects.get(action="account.password_refused")
        assert entry.by == dana
        assert "secret-guess" not in f"{entry.sentence}{entry.reason}{entry.before}{entry.after}"

    def test_an_incomplete_form_costs_no_try(self, approver: Client, override: Override) -> None:
        decide(approver, override, password="guess", comment="")

        assert not AuditEntry.objects.filter(action="account.password_refused").exists()


class TestCode:
    def code(self, browser: Client, override: Override, password: str = PASSWORD) -> HttpResponse:
        values = {"do": "code", "code_password": password}
        return browser.post(f"/approvals/{override.ref}", values)

    def test_it_is_shown_once(self, approver: Client, dana: User, override: Override) -> None:
        response = self.code(approver, override)

        found = re.search(r'id="issued-code">([A-Z0-9]+)<', response.content.decode())
        assert found is not None
        assert response.headers["Cache-Control"] == "no-store"
        assert "Valid 15 minutes, 5 tries" in text_of(response)
        assert found[1] not in page(approver, override).content.decode()
        budgets.check_code(override_id=override.pk, by=dana, code=found[1], now=timezone.now())

    def test_it_needs_the_password(self, approver: Client, override: Override) -> None:
        response = self.code(approver, override, password="guess")

        assert response.status_code == 422
        assert 'id="code-error"' in response.content.decode()
        assert not ConfirmationCode.objects.exists()

    def test_who_does_not_decide_gets_none(self, marta: User, override: Override) -> None:
        assert self.code(browser_of(marta), override).status_code == 403
        assert "Code for the API" not in text_of(page(browser_of(marta), override))
        assert not ConfirmationCode.objects.exists()

    def test_htmx_swaps_the_code_alone(self, approver: Client, override: Override) -> None:
        response = approver.post(
            f"/approvals/{override.ref}",
            {"do": "code", "code_password": PASSWORD},
            headers={"HX-Request": "true", "HX-Target": "approval_code"},
        )

        assert "issued-code" in response.content.decode()
        assert "<html" not in response.content.decode()


class TestTrail:
    def test_it_tells_the_story_newest_first(
        self, approver: Client, dana: User, plan: Masterplan, marta: User
    ) -> None:
        AttemptFactory(atom=AtomFactory(plan=plan), cost_usd=Decimal(150))
        override = asked(plan, marta)
        decide(approver, override)

        words = text_of(page(approver, override, part="approval_record"))

        order = ["dana approved a hard cap of $260", "marta asked for a hard cap of $260"]
        assert [words.index(line) for line in order] == sorted(words.index(line) for line in order)
        assert "no channel is set up" in words

    def test_other_requests_are_not_told(self, approver: Client, marta: User) -> None:
        other = asked(paused_plan(), marta)
        override = asked(paused_plan(), marta)

        lines = approver.get(f"/approvals/{override.ref}/audit.csv").content.decode()

        assert other.ref not in lines

    def test_it_is_exported_without_formulas(self, approver: Client, plan: Masterplan) -> None:
        asker = person(Role.OPERATOR, "=cmd")
        override = asked(plan, asker)

        response = approver.get(f"/approvals/{override.ref}/audit.csv")

        lines = response.content.decode().splitlines()
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f'filename="{override.ref}-audit.csv"' in response.headers["Content-Disposition"]
        assert lines[0] == "at_utc,source,action,who,what,reason"
        assert any("budget.override_asked,'=cmd," in line for line in lines)

    def test_export_is_for_those_who_may_read(self, override: Override) -> None:
        address = f"/approvals/{override.ref}/audit.csv"

        assert browser_of(person(None, "nobody")).get(address).status_code == 403
        assert Client().get(address).status_code == 302
        assert browser_of(person(Role.VIEWER, "vera")).post(address).status_code == 405


def asked(plan: Masterplan, by: User, **facts: Any) -> Override:
    """A request made as a person makes it, with its entries and messages."""
    return budgets.ask_override(
        plan_id=plan.pk,
        by=by,
        amount=Decimal(260),
        reason="The adapters needed four tries each.",
        **facts,
    )
