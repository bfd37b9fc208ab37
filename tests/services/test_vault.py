"""The vault: what it gives, what it keeps, who asked, and what nobody can read out of it."""

import hmac
import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from services.identities import WrongIdentity
from services.vault import Asked, Vault
from streams.errors import TerminalError

C = "421222100001"
SECRETS: list[Asked] = [
    ("id_number", "110101199003077950", C), ("phone", "13800000017", C), ("name", "张三丰", C),
    ("household", "东门社区3栋2单元301", C),
]  # fmt: skip
KEPT = ["110101199003077950", "13800000017", f"{C}\0张三丰", f"{C}\0东门社区3栋2单元301"]  # their normal texts


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[], Vault]]:
    found: list[Vault] = []

    def again() -> Vault:
        for vault in found:
            vault.close()
        found.append(Vault(tmp_path, lambda: f"2026-01-01T00:00:{len(found):02d}Z"))
        return found[-1]

    yield again
    for vault in found:
        vault.close()


def table(folder: Path, name: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "vault.db") as db:
        rows = db.execute(f"SELECT * FROM {name}").fetchall()
    db.close()
    return rows


def test_one_reference_for_one_identity(opened: Callable[[], Vault]) -> None:
    """Within a question, over questions, and for the next process."""
    vault = opened()
    first = vault.refer([*SECRETS, *SECRETS], "a")
    assert first[:4] == first[4:]
    assert len(set(first)) == 4
    assert vault.refer(SECRETS[::-1], "b") == first[:4][::-1]
    assert opened().refer(SECRETS, "c") == first[:4]


def test_kinds_are_apart(opened: Callable[[], Vault]) -> None:
    """The same text as a number, a phone or a name is not the same person; households have references of their own."""
    refs = opened().refer([SECRETS[0], *((kind, "13800000017", C) for kind, _, _ in SECRETS[1:])], "a")
    assert len(set(refs)) == 4
    assert [ref[:2] for ref in refs] == ["p-", "p-", "p-", "h-"]


def test_references_are_random(tmp_path: Path) -> None:
    """Two vaults give the same person different ones, and nothing of the order or the person shows."""
    refs: list[list[str]] = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        vault = Vault(tmp_path / name, lambda: "")
        refs.append(vault.refer([("phone", f"138{n:08d}", C) for n in range(2_000)], "a"))
        vault.close()
    every = refs[0] + refs[1]
    assert len(set(every)) == 4_000
    assert all(re.fullmatch(r"p-[A-Za-z0-9_-]{22}", ref) for ref in every), "128 random bits"
    assert refs[0] != sorted(refs[0])
    letters = "".join(ref[2:-1] for ref in every)  # of the last one only two bits are used
    assert {letters.count(c) * 64 // len(letters) for c in set(letters)} <= {0, 1}, "no letter is twice as likely"
    assert len(set(letters)) == 64


def test_the_blind_index_is_keyed(opened: Callable[[], Vault], tmp_path: Path) -> None:
    """What is stored beside a reference is an HMAC under the vault's own key, and useless without it."""
    refs = opened().refer(SECRETS, "a")
    key = (tmp_path / "vault.key").read_bytes()
    assert len(key) == 32
    stored = {ref: blind for blind, ref in table(tmp_path, "reference")}
    for (kind, _, _), text, ref in zip(SECRETS, KEPT, refs, strict=True):
        assert stored[ref] == hmac.digest(key, f"{kind}\0{text}".encode(), "sha256")
        assert stored[ref] not in {sha256(t.encode()).digest() for t in (text, f"{kind}\0{text}", f"{kind}{text}")}


def test_no_identity_is_kept(opened: Callable[[], Vault], tmp_path: Path) -> None:
    """Not in the files, not in their journals, not in the access log."""
    opened().refer(SECRETS, "a")
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"refer" in raw, "this search finds what is there"
    for part in {part for _, text, community in SECRETS for part in (text, community)}:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert part.encode(encoding) not in raw


def test_every_access_is_logged(opened: Callable[[], Vault], tmp_path: Path) -> None:
    vault = opened()
    vault.refer(SECRETS, "ps-junshui-1")
    vault.refer(SECRETS[:1], "import")
    vault = opened()
    vault.refer(SECRETS[:2], "x'; DROP TABLE access; --")
    assert [row[1:] for row in table(tmp_path, "access")] == [
        ("ps-junshui-1", "refer", 4), ("import", "refer", 1), ("x'; DROP TABLE access; --", "refer", 2),
    ]  # fmt: skip
    assert all(re.fullmatch(r"2026-01-01T00:00:\d\dZ", str(row[0])) for row in table(tmp_path, "access"))


def test_for_its_owner_alone(opened: Callable[[], Vault], tmp_path: Path) -> None:
    opened().refer(SECRETS, "a")
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(files) >= {"vault.db", "vault.key"}
    assert set(files.values()) == {0o600}, files


def test_a_vault_without_its_key_is_refused(opened: Callable[[], Vault], tmp_path: Path) -> None:
    """Another key would give everybody another reference; with the right one back it is as before."""
    first = opened().refer(SECRETS, "a")
    key = (tmp_path / "vault.key").read_bytes()
    (tmp_path / "vault.key").unlink()
    with pytest.raises(TerminalError, match=r"vault\.key"):
        opened()
    assert not (tmp_path / "vault.key").exists()
    for cut in (b"", key[:31]):
        (tmp_path / "vault.key").write_bytes(cut)
        with pytest.raises(TerminalError, match=r"vault\.key"):
            opened()
    (tmp_path / "vault.key").write_bytes(key)
    assert opened().refer(SECRETS, "a") == first


def test_a_key_cut_off_at_the_first_start(opened: Callable[[], Vault], tmp_path: Path) -> None:
    """No reference stands under it yet, so a whole one takes its place: never an empty key."""
    (tmp_path / "vault.key").touch(mode=0o600)
    first = opened().refer(SECRETS, "a")
    assert len((tmp_path / "vault.key").read_bytes()) == 32
    assert opened().refer(SECRETS, "a") == first


def test_the_key_is_on_the_disk_before_any_reference(
    opened: Callable[[], Vault], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """References without their key would be lost with it; the folder is synced too, or the file's name may be lost."""
    synced: list[tuple[str, bool]] = []
    sync = os.fsync

    def watched(number: int) -> None:
        sync(number)
        synced.append((str(Path(f"/proc/self/fd/{number}").readlink()), (tmp_path / "vault.db").exists()))

    monkeypatch.setattr("os.fsync", watched)
    opened().refer(SECRETS, "a")
    assert synced == [(str(tmp_path / "vault.key"), False), (str(tmp_path), False)]
    opened()
    assert len(synced) == 2


def test_a_file_that_is_no_vault(opened: Callable[[], Vault], tmp_path: Path) -> None:
    opened().close()
    (tmp_path / "vault.db").write_bytes(b"something else " * 1000)
    with pytest.raises(TerminalError, match=r"保险库不可用.*vault\.db"):
        Vault(tmp_path, str)


def test_what_is_asked_together_is_kept_together(opened: Callable[[], Vault], tmp_path: Path) -> None:
    """At the end, all or none; nobody else is given a reference meanwhile."""
    vault = opened()
    with vault.asking() as refer:
        first = refer(SECRETS[:2], "a")
        assert refer(SECRETS[:1], "b") == first[:1]
        assert table(tmp_path, "reference") == table(tmp_path, "access") == []
    assert {ref for _, ref in table(tmp_path, "reference")} == set(first)
    assert [row[1:] for row in table(tmp_path, "access")] == [("a", "refer", 2), ("b", "refer", 1)]
    with suppress(RuntimeError), vault.asking() as refer:
        refer([("phone", "13800000018", C), *SECRETS], "c")
        raise RuntimeError
    assert {ref for _, ref in table(tmp_path, "reference")} == set(first)
    assert len(table(tmp_path, "access")) == 2


def test_others_wait_from_the_first_question_on(opened: Callable[[], Vault]) -> None:
    vault = opened()
    with ThreadPoolExecutor(1) as pool:
        with vault.asking() as refer:
            assert pool.submit(vault.refer, SECRETS[:1], "b").result(10)
            refer(SECRETS, "a")
            other = pool.submit(vault.refer, SECRETS, "b")
            with pytest.raises(TimeoutError):
                other.result(0.2)
        assert len(other.result(10)) == len(SECRETS)


def test_asked_by_many_at_once(opened: Callable[[], Vault], tmp_path: Path) -> None:
    vault = opened()
    people = [("phone", f"138{n:08d}", C) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: vault.refer(people[n % 5 :], "a"), range(80)))
    whole = answers[0]
    assert all(answer == whole[n % 5 :] for n, answer in enumerate(answers))
    assert len(table(tmp_path, "reference")) == 40
    assert len(table(tmp_path, "access")) == 80


def kept_before(folder: Path, kind: str, text: str) -> str:
    """A reference as an older vault gave it: under the text without its blanks."""
    key, ref = (folder / "vault.key").read_bytes(), f"x-{text}"
    blind = hmac.digest(key, f"{kind}\0{C}\0{''.join(text.split())}".encode(), sha256)
    with sqlite3.connect(folder / "vault.db") as db:
        db.execute("INSERT INTO reference VALUES (?,?)", (blind, ref))
    db.close()
    return ref


@pytest.mark.parametrize(
    ("kind", "old", "others"),
    [
        ("household", "东街３号 1单元101", ["东街3号1单元101室", "东街３号1 单元101"]),
        ("household", "东街3—101", ["东街3-101", "东街3 － 101"]), ("name", "欧阳·娜", ["欧阳娜", "欧阳 · 娜"]),
        ("name", "张三丰", ["张 三丰"]),
    ],
)  # fmt: skip
def test_older_references_are_kept(
    opened: Callable[[], Vault], tmp_path: Path, kind: str, old: str, others: list[str]
) -> None:
    """The old spelling finds its reference, and every other spelling the same one from then on."""
    vault = opened()
    ref = kept_before(tmp_path, kind, old)
    for text in (old, *others, old):
        assert vault.refer([(kind, text, C)], "a") == [ref], text
    assert opened().refer([(kind, old, C)], "a") == [ref]
    assert len(table(tmp_path, "reference")) == 1


def test_of_two_older_references_the_first_asked_for_is_kept(opened: Callable[[], Vault], tmp_path: Path) -> None:
    """Two spellings were two households before; the other reference stays with what was said under it."""
    vault = opened()
    wide, narrow = kept_before(tmp_path, "household", "东街３号"), kept_before(tmp_path, "household", "东街3號")
    assert vault.refer([("household", text, C) for text in ("东街3號", "东街３号", "东街3号")], "a") == [narrow] * 3
    assert {ref for _, ref in table(tmp_path, "reference")} == {wide, narrow}


def test_nothing_is_given_where_one_is_wrong(opened: Callable[[], Vault], tmp_path: Path) -> None:
    with pytest.raises(WrongIdentity):
        opened().refer([SECRETS[0], ("household", "——", C)], "a")
    assert table(tmp_path, "reference") == table(tmp_path, "access") == []
