"""What a model is asked about the requirements of a plan; each answer is kept before it is used.

The answers are kept as they came and read again at every generation, so nothing is paid for twice.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import connections

from apps.acceptance.core.authoring.answer import Authored, read_answer
from apps.acceptance.core.authoring.free_text import build_free_messages, read_free_answer
from apps.acceptance.core.authoring.priority_question import priority_messages, read_priority
from apps.acceptance.core.authoring.prompt import build_author_messages
from apps.acceptance.core.authoring.schema import ANSWER_FORMAT
from apps.acceptance.core.checks import Check
from apps.acceptance.core.sentence import Requirement as Read
from apps.acceptance.core.sentence import Stated, read_requirement, with_checks
from apps.acceptance.core.sources import Source
from apps.acceptance.models import Reading
from apps.llm.core.errors import ErrorKind, LlmError
from apps.llm.core.types import CallContext, CompletionClient, CompletionRequest, Message
from apps.llm.core.wire import call_id
from apps.llm.profiles import get_profile
from apps.masterplans.core.document import Priority
from apps.masterplans.models import Masterplan

QUESTIONS_AT_ONCE = 4
PURPOSE = "tests"  # of a call, as the ledger shows it
# A "no" to this question: the requirement stays without a test, the plan goes on. An endpoint that
# does not know the model at all says so to the attempts too, and they pause the plan.
ANSWERED_WITH_NO = frozenset(
    {ErrorKind.REFUSED, ErrorKind.BAD_REQUEST, ErrorKind.UNPARSEABLE, ErrorKind.NOT_FOUND}
)
BY_MODEL = Decimal("0.60")  # how sure a model's word on a priority is taken to be


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan whose requirements a model is asked about."""

    plan: Masterplan
    source: Source
    readings: Mapping[str, Reading]  # by the ref of the requirement
    descriptions: Mapping[str, str]  # what the plan says of its atoms, by `path::symbol`

    def read(self, ref: str) -> Read:
        stated = next(each for each in self.source.stated if each.id == ref)
        return read_requirement(stated, self.source.targets)


def ask_model(asked: Asked, client: CompletionClient) -> None:
    """Ask for what the templates do not read, several questions at a time.

    Raises LlmError when the model cannot be asked at all, and CallInterrupted.
    """
    open_ones = [stated for stated in asked.source.stated if _is_open(asked, stated)]
    with ThreadPoolExecutor(QUESTIONS_AT_ONCE, thread_name_prefix="author") as pool:
        answers = [pool.submit(_ask, asked, stated, client) for stated in open_ones]
        for answer in answers:
            try:
                answer.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise


def _is_open(asked: Asked, stated: Stated) -> bool:
    """Whether a model could say more than the templates do, and was not asked yet."""
    reading = asked.readings.get(stated.id)
    if reading is None or reading.authored is not None or reading.is_withdrawn:
        return False
    read = read_requirement(stated, asked.source.targets)
    return read.is_testable and (not read.checks or read.judgement.is_doubtful)


def _ask(asked: Asked, stated: Stated, client: CompletionClient) -> None:
    """Ask about one requirement. The connection of this thread goes back when it is done."""
    reading = asked.readings[stated.id]
    said: dict[str, str] = {}

    def tell(messages: Sequence[Message], *, is_structured: bool = False) -> str:
        request = _request(asked.plan, reading, messages, is_structured=is_structured)
        return client.complete(request).text

    try:
        read = read_requirement(stated, asked.source.targets)
        if read.judgement.is_doubtful:
            said["priority"] = tell(priority_messages(stated))
        if not read.checks:
            _ask_for_checks(asked, read, tell, said)
        keep_answers(reading, said)
    except LlmError as error:
        if error.kind not in ANSWERED_WITH_NO:
            raise
        keep_answers(reading, said | {"refused": error.sentence})
    finally:
        connections.close_all()


def _ask_for_checks(
    asked: Asked, read: Read, tell: Callable[..., str], said: dict[str, str]
) -> None:
    """Ask for typed checks, once more with what was wrong, and at last for a test as code."""
    messages = _author_messages(asked, read)
    said["checks"] = tell(messages, is_structured=True)
    authored = read_answer(said["checks"], read, asked.source.targets)
    if authored.problems and not authored.checks:
        messages = _author_messages(asked, read, problems=authored.problems)
        said["checks"] = tell(messages, is_structured=True)
        authored = read_answer(said["checks"], read, asked.source.targets)
    if not authored.checks and not authored.questions:
        said["free"] = tell(build_free_messages(read, asked.source.targets, messages))


def ask_about_survivors(
    asked: Asked,
    reading: Reading,
    survivors: Sequence[tuple[str, str]],
    client: CompletionClient,
) -> None:
    """Ask for checks of the mistakes that no test noticed: atoms' symbols with the kind of mistake.

    Raises LlmError when the model cannot be asked at all, and CallInterrupted.
    """
    read = asked.read(reading.requirement.ref)
    messages = _author_messages(asked, read, survivors=survivors)
    said = dict(reading.authored or {})
    try:
        request = _request(asked.plan, reading, messages, is_structured=True)
        said["survivors"] = client.complete(request).text
    except LlmError as error:
        if error.kind not in ANSWERED_WITH_NO:
            raise
        said["survivors"] = ""
    Reading.objects.filter(pk=reading.pk).update(authored=said)


def _author_messages(
    asked: Asked,
    read: Read,
    *,
    problems: Sequence[str] = (),
    survivors: Sequence[tuple[str, str]] = (),
) -> tuple[Message, ...]:
    return build_author_messages(
        read,
        asked.source.targets,
        plan_title=asked.plan.title,
        package=asked.plan.package,
        language=asked.plan.language,
        problems=problems,
        survivors=survivors,
        descriptions=asked.descriptions,
    )


def _request(
    plan: Masterplan, reading: Reading, messages: Sequence[Message], *, is_structured: bool
) -> CompletionRequest:
    """Return the question, named by its requirement; it is held and booked like any call of the plan."""
    request = CompletionRequest(
        profile=plan.model,
        messages=tuple(messages),
        temperature=Decimal(0),
        max_tokens=get_profile(plan.model).max_output_tokens,
        response_format=ANSWER_FORMAT if is_structured else None,
        context=CallContext(
            call_id="",
            plan_id=plan.pk,
            atom_id=None,
            attempt_id=None,
            attempt_number=None,
            trace_id=plan.trace_id,
            purpose=PURPOSE,
        ),
    )
    identity = call_id(reading.requirement_id, request)
    return replace(request, context=replace(request.context, call_id=identity))


def keep_answers(reading: Reading, said: Mapping[str, str]) -> None:
    """Store the answers; what the model says of a doubtful priority counts from now on."""
    changes: dict[str, object] = {"authored": dict(said)}
    if "priority" in said and reading.corrected_by_id is None:
        priority = read_priority(said["priority"])
        changes |= {
            "priority": (priority or Priority.MUST).value,
            "confidence": BY_MODEL if priority else reading.confidence,
            "reason": (
                "The text does not say; a model was asked."
                if priority
                else "Neither the text nor a model says; then it is a MUST."
            ),
        }
    Reading.objects.filter(pk=reading.pk).update(**changes)


def authored_checks(asked: Asked) -> dict[str, tuple[Check, ...]]:
    """Return the checks that the model's answers hold, by requirement; their questions are kept."""
    found: dict[str, tuple[Check, ...]] = {}
    kept = Reading.objects.filter(plan=asked.plan, authored__isnull=False, is_withdrawn=False)
    for reading in kept.select_related("requirement"):
        ref = reading.requirement.ref
        if ref not in asked.readings:
            continue
        read = asked.read(ref)
        authored = _read_back(reading.authored or {}, read, asked.source)
        questions = list(dict.fromkeys([*read.questions, *authored.questions]))
        Reading.objects.filter(pk=reading.pk).update(questions=questions)
        if authored.checks:
            found[ref] = authored.checks
    return found


def _read_back(said: Mapping[str, str], read: Read, source: Source) -> Authored:
    questions = [f"The model was asked for a test. {said['refused']}"] if "refused" in said else []
    checks: tuple[Check, ...] = ()
    for key, reader in (("checks", read_answer), ("free", read_free_answer)):
        if key in said and not checks:
            authored = reader(said[key], read, source.targets)
            checks, questions = authored.checks, [*questions, *authored.questions]
    if said.get("survivors"):
        more = read_answer(said["survivors"], with_checks(read, checks), source.targets)
        checks = (*checks, *more.checks)
    return Authored(checks, tuple(questions))
