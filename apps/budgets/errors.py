"""What the ledger and its caps refuse."""

from apps.common.errors import ConsoleError


class ModelHasNoPrice(ConsoleError):
    """The model {model} of {provider} has no price, so no call to it is made. Add one on the page
    Prices, or with: manage.py prices add {provider} {model} --input-usd … --output-usd …
    (--free for a model that runs locally).
    """

    code = "model_has_no_price"


class CapTooLow(ConsoleError):
    """A hard cap of {hard_cap} is below the {floor} spent or held already. Set it to at least {floor}."""

    code = "cap_too_low"


class CapsOutOfOrder(ConsoleError):
    """A soft cap of {soft_cap} does not lie between $0 and the hard cap of {hard_cap}. Set one that does."""

    code = "caps_out_of_order"
    status = 422


class RaiseNeedsOverride(ConsoleError):
    """Raising the hard cap from {now} to {wanted} needs the approval of a second person. Ask for
    it on the plan's budget page.
    """

    code = "raise_needs_override"


class HoldNotFound(ConsoleError):
    """There is no charge {hold_id}. Find it in the plan's ledger."""

    code = "hold_not_found"
    status = 404


class NotUnknown(ConsoleError):
    """This charge is {state}: only one whose cost is unknown can be adjusted."""

    code = "not_unknown"


class AmountInvalid(ConsoleError):
    """{amount} is no amount. Write USD with at most six places, like 0.0125."""

    code = "amount_invalid"
    status = 422


class ReasonMissing(ConsoleError):
    """Say why: the reason is kept in the audit log."""

    code = "reason_missing"
    status = 422
