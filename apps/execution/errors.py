"""What the engine refuses."""

from apps.common.errors import ConsoleError


class IllegalTransition(ConsoleError):
    """{ref} is {status}, so it cannot be {wanted}."""

    code = "illegal_transition"


class DraftCannotStart(ConsoleError):
    """{ref} is a draft: {reason} Correct the text and import it again."""

    code = "draft_cannot_start"


class NothingToRetry(ConsoleError):
    """{ref} has no failed atoms, so there is nothing to retry."""

    code = "nothing_to_retry"


class NoTestFailed(ConsoleError):
    """No test of {ref} failed, so there is no code to ask for again. {reason}"""

    code = "no_test_failed"


class WaveNotDone(ConsoleError):
    """{wave} of {ref} is {status}: its code is not all there, so its tests cannot run yet."""

    code = "wave_not_done"


class TestsNotReady(ConsoleError):
    """The tests of {ref} are not there yet: {reason}"""

    __test__ = False  # pytest takes it for a test otherwise
    code = "tests_not_ready"


class AlreadyImported(ConsoleError):
    """This text was imported before, as {ref}. Open that plan, or import a copy."""

    code = "already_imported"


class LanguageUnavailable(ConsoleError):
    """{ref} cannot start: {reason}"""

    code = "language_unavailable"


class NothingToExport(ConsoleError):
    """{ref} has no accepted code yet, so there is nothing to export."""

    code = "nothing_to_export"


class ExportFailed(ConsoleError):
    """The code of {ref} could not be exported. {reason}"""

    code = "export_failed"
    status = 500
