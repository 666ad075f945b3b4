"""What people cannot do to requirements and tests."""

from apps.common.errors import ConsoleError


class PlanNotFound(ConsoleError):
    """There is no plan {plan}."""

    code = "plan_not_found"
    status = 404


class RequirementNotFound(ConsoleError):
    """There is no requirement {requirement}."""

    code = "requirement_not_found"
    status = 404


class TestNotFound(ConsoleError):
    """There is no test {test}."""

    __test__ = False  # pytest takes it for a test otherwise

    code = "test_not_found"
    status = 404


class ObjectionNotFound(ConsoleError):
    """There is no objection {objection}. Code that was changed takes its objections with it."""

    code = "objection_not_found"
    status = 404


class DisputeNotFound(ConsoleError):
    """There is no dispute {dispute}."""

    code = "dispute_not_found"
    status = 404


class TestDecided(ConsoleError):
    """{check} was {what} by {who}, {when}."""

    __test__ = False

    code = "test_decided"


class TestReplaced(ConsoleError):
    """{check} is out of date: version {version} was {what} by {who}, {when}. Look at the newest one."""

    __test__ = False

    code = "test_replaced"


class TestGone(ConsoleError):
    """{check} is out of date: its requirement {requirement} has changed since."""

    __test__ = False

    code = "test_gone"


class TestNotActive(ConsoleError):
    """{check} {state}: only an active test is counted, so only one can be taken out."""

    __test__ = False

    code = "test_not_active"


class TestRefused(ConsoleError):
    """{problem}"""

    __test__ = False

    code = "test_refused"
    status = 422


class NothingToRegenerate(ConsoleError):
    """{check} {why}"""

    code = "nothing_to_regenerate"


class AlreadyQuarantined(ConsoleError):
    """{check} was put into quarantine by {who}, {when}: {reason}"""

    code = "already_quarantined"


class NotQuarantined(ConsoleError):
    """{check} is not in quarantine."""

    code = "not_quarantined"


class ReviewHasBegun(ConsoleError):
    """{check} was {what} by {who}, {when}. Whether tests need a review is settled before the first one."""

    code = "review_has_begun"


class ObjectionCleared(ConsoleError):
    """{who} cleared this, {when}: {reason}"""

    code = "objection_cleared"


class RequirementWithdrawn(ConsoleError):
    """{requirement} is no requirement of {plan} any more: a dispute about it was upheld."""

    code = "requirement_withdrawn"


class DisputeWaits(ConsoleError):
    """{requirement} is disputed already: {ref}, asked {when}, by {who}. Take it back, or wait."""

    code = "dispute_waits"


class DisputeDecided(ConsoleError):
    """{ref} was {what} by {who}, {when}."""

    code = "dispute_decided"


class OwnDispute(ConsoleError):
    """You opened {ref} yourself. Somebody else with the role Lead has to decide."""

    code = "own_dispute"
    status = 403


class NotYourDispute(ConsoleError):
    """Only {asked_by}, who opened {ref}, or an administrator can take it back."""

    code = "not_your_dispute"
    status = 403


class PlanNotAmended(ConsoleError):
    """The text of {plan} cannot follow: {problem}"""

    code = "plan_not_amended"
    status = 422
