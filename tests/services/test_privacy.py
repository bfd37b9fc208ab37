"""No plaintext identity anywhere: not in the log, the warehouse, an export, an answer, or any file of the folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.commands import COMMANDS
from services.office import Office
from tests.offices import Standing
from tests.schemas.samples import SUBMISSION_NAMES, fresh, raw
from tests.services.test_cli import fanzha
from tests.services.test_submit import ADDRESS, PHONE, identities, incident, receipt

pytestmark = pytest.mark.chdb
CONTROL = "421222100001"  # a community code that must be found, or the search proves nothing


def submissions() -> list[bytes]:
    """Every form that may name people, and people in every form; refused ones too."""
    home = {"community": CONTROL, "address": ADDRESS}
    good: list[dict[str, Any]] = [
        incident("p1", person={"phone": PHONE}, reporter={"name": "赵六六"}, residence_community=CONTROL),
        receipt("p2", person={"id_number": "110101199003077950"}, household=home),
    ]
    bad = [
        incident("p3", person={"id_number": "110101199003077951"}),
        receipt("p4", person={"name": "钱七七"}, method="no"),
        incident("p5", person={"phone": "13900000019"}, category="no_such"),
        receipt("p6", person={"name": "孙八八"}) | {"time": "now"},
    ]
    return [raw(name) for name in SUBMISSION_NAMES] + [json.dumps(e).encode() for e in good + bad]


def needles() -> set[str]:
    """The identities, as written and as the vault reads them."""
    said = [text for name in SUBMISSION_NAMES for text in identities(fresh(name)["data"])]
    said += [t for value in submissions() for t in identities(json.loads(value)["data"])]
    found = set(said) | {"".join(text.split()) for text in said} | {"13800000017"}
    return {text for text in found if len(text) > 1}


def encoded(text: str) -> set[bytes]:
    return {text.encode(), json.dumps(text)[1:-1].encode(), text.encode("utf-16-le"), text.encode("gb18030")}


def test_needles_are_all_kinds() -> None:
    found = needles()
    assert found >= {"110101199003077950", PHONE, "赵六六", ADDRESS, ADDRESS.replace(" ", ""), "孙八八"}
    assert CONTROL not in found
    assert len(found) > 12


def test_in_what_can_be_asked(office: Office, standing: Standing) -> None:
    """Every column of every table, the export, the answers, and everything the log gives back."""
    answers = office.submit(submissions(), "desk")
    statuses = [a.status for a in answers]
    assert statuses.count("accepted") == len(SUBMISSION_NAMES) + 2
    assert statuses.count("rejected") == 4
    office.settle()
    heard = [json.dumps([*map(str, answers)], ensure_ascii=False)]
    for command, request in (("export", {}), ("query", {"figure": "history"}), ("query", {"figure": "rejected"})):
        rows = COMMANDS[command](office, request, lambda done, total: None)
        heard.append(json.dumps(list(rows), ensure_ascii=False))
    heard += [r.value.decode() for r in office.log.read({}, 100)]
    tables = standing.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0").rows
    assert len(tables) > 10
    for (table,) in tables:
        rows_of = standing.query(f"SELECT toString(tuple(*)) FROM `{table}`").rows
        heard += [str(row) for (row,) in rows_of]
    everything = "\n".join(heard)
    assert CONTROL in everything
    assert [text for text in needles() if text in everything] == []


def test_in_every_byte_of_the_folder(tmp_path: Path) -> None:
    """As the command line leaves it, journals and all. What the engine compresses is read in the test above."""
    lines = b"\n".join(submissions_on_one_line()).decode()
    run = fanzha(tmp_path, "submit", "-", given=lines + "\n", status=1)
    assert run.stdout.count("accepted") == len(SUBMISSION_NAMES) + 2
    fanzha(tmp_path, "query", "incident")
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(CONTROL.encode() in data for path, data in files.items() if path.name.startswith("log.db"))
    assert sum(len(data) for data in files.values()) > 50_000
    found = [
        (str(path.relative_to(tmp_path)), text)
        for text in needles()
        for path, data in files.items()
        if any(form in data for form in encoded(text))
    ]
    assert found == []
    spoken = run.stdout + run.stderr
    assert [text for text in needles() if text in spoken] == []


def submissions_on_one_line() -> list[bytes]:
    return [json.dumps(json.loads(value), ensure_ascii=False).encode() for value in submissions()]
