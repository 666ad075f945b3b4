"""The requirements of examples/inventory, held against its assembled code."""

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from inventory.api.dispatch import dispatch
from inventory.api.messages import parse_request
from inventory.domain.codes import normalize_location, normalize_sku
from inventory.domain.errors import InvalidValue, OutOfStock, UnknownSku
from inventory.domain.money import format_money, to_money
from inventory.domain.movement import Movement, movement_kind
from inventory.domain.product import make_product
from inventory.domain.quantity import parse_quantity, require_positive
from inventory.domain.stock import StockLevel, apply_movement
from inventory.reports.movements import daily_totals, movement_rows
from inventory.reports.reorders import reorder_report
from inventory.reports.stock import stock_report
from inventory.reports.tables import render_table, to_csv
from inventory.services.figures import stock_value, total_on_hand, total_value
from inventory.services.movements import issue, receive, recount, transfer
from inventory.services.registration import register_product
from inventory.services.reorder import suggest_reorders
from inventory.services.reservations import release, reserve
from inventory.storage.catalogue import Catalogue
from inventory.storage.files import read_json, write_json
from inventory.storage.levels import rebuild_levels
from inventory.storage.persistence import (
    load_catalogue,
    load_ledger,
    save_catalogue,
    save_ledger,
)
from inventory.storage.records import movement_from_dict, product_from_dict
from inventory.storage.store import Store

MORNING = datetime(2025, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    """Two products; ten bolts in the room MAIN."""
    store = Store()
    register_product(store, "ab-1", "Bolt", "0.10", reorder_level=20)
    register_product(store, "AB-2", "Nut", "0.05", reorder_level=100)
    receive(store, "AB-1", 10, "main", MORNING)
    return store


def everything(store: Store) -> tuple[object, ...]:
    return store.catalogue.all(), store.levels.all(), store.ledger.all()


def on_hand(levels: list[StockLevel]) -> list[tuple[str, str, int]]:
    return [(level.sku, level.location, level.on_hand) for level in levels]


def test_r1_normalize_sku() -> None:
    assert normalize_sku(" ab-100 ") == "AB-100"
    assert normalize_sku("ab-7") == "AB-7"


@pytest.mark.parametrize("raw", ["", "AB 100", "A-100", "AB-", "AB-1\n2", "ÄB-1", "AB-١"])
def test_r2_normalize_sku_refuses(raw: str) -> None:
    with pytest.raises(InvalidValue):
        normalize_sku(raw)


def test_r3_to_money_rounds_half_a_cent_up() -> None:
    assert to_money("19.995") == Decimal("20.00")


@pytest.mark.parametrize("value", ["-1", "x", "NaN", "-NaN", "inf", "1e999"])
def test_r4_to_money_refuses(value: str) -> None:
    with pytest.raises(InvalidValue):
        to_money(value)


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "3"])
def test_r5_require_positive_refuses(value: object) -> None:
    with pytest.raises(InvalidValue):
        require_positive(value)


def test_r6_make_product() -> None:
    product = make_product("ab-1", " Bolt ", "0.10")

    assert product.sku == "AB-1"
    assert product.name == "Bolt"


def test_r7_unknown_sku() -> None:
    with pytest.raises(UnknownSku, match=r"no product NOPE-1\."):
        Catalogue().get("NOPE-1")


def test_r8_apply_movement_refuses_what_is_reserved() -> None:
    level = StockLevel("AB-1", "MAIN", on_hand=3, reserved=1)

    assert apply_movement(level, Movement("AB-1", "MAIN", -2, MORNING)).on_hand == 1
    with pytest.raises(OutOfStock, match="3 of AB-1 wanted, 2 available"):
        apply_movement(level, Movement("AB-1", "MAIN", -3, MORNING))


def test_r9_receive_and_issue(store: Store) -> None:
    issue(store, "AB-1", 4, "MAIN", MORNING)

    assert total_on_hand(store.levels, "AB-1") == 6


def test_r10_a_refused_issue_writes_nothing(store: Store) -> None:
    before = everything(store)

    with pytest.raises(OutOfStock):
        issue(store, "AB-1", 11, "MAIN", MORNING)
    with pytest.raises(UnknownSku):
        issue(store, "ZZ-9", 1, "MAIN", MORNING)
    assert everything(store) == before


def test_r11_transfer_keeps_the_total(store: Store) -> None:
    level = transfer(store, "AB-1", 4, "MAIN", "back", MORNING)

    assert (level.location, level.on_hand) == ("BACK", 4)
    assert total_on_hand(store.levels, "AB-1") == 10


@pytest.mark.parametrize(
    ("quantity", "target", "refusal"),
    [(11, "BACK", OutOfStock), (1, "main", InvalidValue), (1, "!", InvalidValue)],
)
def test_r11_a_refused_transfer_writes_nothing(
    store: Store, quantity: int, target: str, refusal: type[Exception]
) -> None:
    before = everything(store)

    with pytest.raises(refusal):
        transfer(store, "AB-1", quantity, "MAIN", target, MORNING)
    assert everything(store) == before


def test_r12_reserve(store: Store) -> None:
    level = reserve(store, "AB-1", 3, "MAIN")

    assert (level.on_hand, level.available) == (10, 7)
    with pytest.raises(OutOfStock):
        reserve(store, "AB-1", 8, "MAIN")


def test_r13_release(store: Store) -> None:
    reserve(store, "AB-1", 3, "MAIN")

    with pytest.raises(InvalidValue, match="Only 3 of AB-1"):
        release(store, "AB-1", 4, "MAIN")
    assert release(store, "AB-1", 3, "MAIN").available == 10


def test_r14_rebuild_levels(store: Store) -> None:
    issue(store, "AB-1", 4, "MAIN", MORNING)
    transfer(store, "AB-1", 2, "MAIN", "BACK", MORNING)
    reserve(store, "AB-1", 1, "BACK")

    rebuilt = rebuild_levels(store.ledger.all())
    assert on_hand(rebuilt.all()) == on_hand(store.levels.all())


def test_r15_files_give_back_what_was_written(store: Store, tmp_path: Path) -> None:
    save_catalogue(store.catalogue, tmp_path / "catalogue.json")
    save_ledger(store.ledger, tmp_path / "ledger.json")

    assert load_catalogue(tmp_path / "catalogue.json").all() == store.catalogue.all()
    assert load_ledger(tmp_path / "ledger.json").all() == store.ledger.all()
    assert load_ledger(tmp_path / "none.json").all() == ()


@pytest.mark.parametrize("read", [product_from_dict, movement_from_dict])
def test_r15_a_record_without_a_field_is_refused(read: object) -> None:
    with pytest.raises(InvalidValue, match=r"cannot be read: 'name'|cannot be read: 'location'"):
        read({"sku": "AB-1"})


def test_r16_total_value(store: Store) -> None:
    receive(store, "AB-2", 3, "MAIN", MORNING)

    values = [stock_value(store, product.sku) for product in store.catalogue.all()]
    assert total_value(store) == sum(values) == Decimal("1.15")
    assert str(total_value(Store())) == "0.00"


@pytest.mark.parametrize(
    "line",
    [
        "",
        'receive "',
        "frobnicate",
        "receive",
        "receive AB-1 x MAIN",
        "receive AB-1 0 MAIN",
        "receive ZZ-9 1 MAIN",
        "issue AB-1 999 MAIN",
        "report",
        "report gossip",
    ],
)
def test_r17_dispatch_answers_what_it_refuses(store: Store, line: str) -> None:
    before = everything(store)

    response = dispatch(store, line, MORNING)

    assert not response.ok
    assert response.text.endswith(".")
    assert everything(store) == before


def test_r17_dispatch_carries_out_the_rest(store: Store) -> None:
    assert dispatch(store, "ISSUE ab-1 4 main", MORNING).text == "AB-1 at MAIN: 6 on hand."
    assert dispatch(store, "report value", MORNING).text == "0.60 EUR"
    assert "AB-1" in dispatch(store, "report stock", MORNING).text
    assert "issue" in dispatch(store, "report movements", MORNING).text
    assert "AB-2" in dispatch(store, "report reorders", MORNING).text


def test_r18_format_money() -> None:
    assert format_money(Decimal("1234.5")) == "1,234.50 EUR"


def test_r19_parse_request() -> None:
    assert parse_request("receive AB-1 5 MAIN").arguments == ("AB-1", "5", "MAIN")


def test_r20_to_csv() -> None:
    assert to_csv(["name"], [["a,b"]]).splitlines() == ["name", '"a,b"']


def test_r21_render_table() -> None:
    lines = render_table(["a", "b"], [["1", "22"], ["333", ""]]).split("\n")

    assert {len(line) for line in lines} == {len("333  22")}
    assert lines[1] == "---  --"


def test_r22_suggest_reorders(store: Store) -> None:
    register_product(store, "AB-3", "Washer", "0.01")
    lines = suggest_reorders(store)

    assert [(line.sku, line.quantity) for line in lines] == [("AB-2", 200), ("AB-1", 30)]
    assert reorder_report([]) == "Nothing to reorder."


def test_r23_daily_totals(store: Store) -> None:
    issue(store, "AB-1", 4, "MAIN", MORNING + timedelta(days=1))
    issue(store, "AB-1", 1, "MAIN", MORNING)

    totals = daily_totals(reversed(store.ledger.all()))
    assert list(totals.items()) == [(date(2025, 3, 1), 9), (date(2025, 3, 2), -4)]


def test_r24_write_json_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    write_json(path, [{"sku": "AB-1"}])

    with pytest.raises(TypeError, match="not JSON serializable"):
        write_json(path, [{"sku": object()}])
    assert read_json(path) == [{"sku": "AB-1"}]


def test_r25_recount(store: Store) -> None:
    assert recount(store, "AB-1", 10, "MAIN", MORNING).on_hand == 10
    assert len(store.ledger.all()) == 1

    assert recount(store, "AB-1", 7, "MAIN", MORNING).on_hand == 7
    last = store.ledger.all()[-1]
    assert (last.quantity, movement_kind(last)) == (-3, "adjustment")
    assert movement_rows([last]) == [["2025-03-01", "AB-1", "MAIN", "adjustment", "-3"]]


def test_r25_recount_refuses(store: Store) -> None:
    with pytest.raises(InvalidValue):
        recount(store, "AB-1", -1, "MAIN", MORNING)
    with pytest.raises(UnknownSku):
        recount(store, "ZZ-9", 0, "MAIN", MORNING)


def test_r26_stock_report_of_a_thousand_products() -> None:
    store = Store()
    for number in range(1000):
        register_product(store, f"PX-{number}", "Part", "1.00")
        receive(store, f"PX-{number}", 3, "MAIN", MORNING)

    durations_s = []
    for _ in range(3):
        start = time.process_time()
        stock_report(store)
        durations_s.append(time.process_time() - start)
    assert min(durations_s) < 0.5


def test_r27_parse_request_accepts_quotation_marks() -> None:
    assert parse_request('find "hex bolt"').arguments == ("hex bolt",)


def test_what_the_plan_says_of_the_rest() -> None:
    assert normalize_location(" a1 ") == "A1"
    assert parse_quantity("5") == 5
    with pytest.raises(InvalidValue):
        parse_quantity("five")
    with pytest.raises(InvalidValue):
        make_product("AB-1", " ", "1")
    with pytest.raises(InvalidValue):
        make_product("AB-1", "Bolt", "1", reorder_level=-1)
