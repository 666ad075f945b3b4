"""Work that is done is not done again, and changed input is seen."""

import os
from pathlib import Path

from mgeconsole.supervisor.stamps import Stamp, mark_of, mark_of_files


def test_a_stamp_holds_for_what_it_was_set_for(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamp")

    assert not stamp.is_for("a")
    stamp.set("a")
    assert stamp.is_for("a")
    assert not stamp.is_for("b")


def test_a_mark_keeps_its_texts_apart() -> None:
    assert mark_of("ab", "c") != mark_of("a", "bc")


def test_a_mark_of_files_sees_every_change(tmp_path: Path) -> None:
    pins = tmp_path / "pins"
    pins.write_text("1")
    (tmp_path / "static" / "css").mkdir(parents=True)
    sheet = tmp_path / "static" / "css" / "base.css"
    sheet.write_text("a")
    tops = (tmp_path / "static", pins)

    marks = [mark_of_files(*tops), mark_of_files(*tops)]
    assert marks[0] == marks[1]

    sheet.write_text("ab")
    marks.append(mark_of_files(*tops))
    os.utime(sheet, (1, 1))
    marks.append(mark_of_files(*tops))
    pins.write_text("22")
    marks.append(mark_of_files(*tops))
    sheet.rename(sheet.with_name("other.css"))
    marks.append(mark_of_files(*tops))
    assert len(set(marks)) == 5
