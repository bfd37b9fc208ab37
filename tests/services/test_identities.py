"""Normal forms: what is one person or household, and what is not."""

import random
import unicodedata

import pytest

from services.identities import WrongIdentity, normal_address, normal_id_number, normal_name, normal_phone

ADDRESSES = [
    "东街3号1单元101",
    "东街３号１单元１０１",
    "东街3号1单元 101",
    "東街3號1單元101",
    "东街3号1单元101室",
    " 东街3号，1单元，101 ",
    "东街\u200b3号1单元1\u206001",
    "东街3号1单元101\ufeff",
    "东街3号\u30001单元\t101",
    "东街3号(1单元)101室。",
    "东街3号1单元\u202d101\u202c",
    "东街3号\ufe0f1单元1\u00ad01",
    "东街③号1单元101",
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_one_household_however_written(text: str) -> None:
    assert normal_address(text) == "东街3号1单元101"


def test_numbers_stay_apart() -> None:
    """A hyphen between numbers says where one ends, however it is drawn and how often."""
    same = [
        "翠园1-12",
        "翠园1—12",
        "翠园1－12",
        "翠园１ - １２",
        "翠园1--12",
        "翠园 1/12",
        "翠园1、12",
        "翠园1‐12室",
        "翠园1.12",
    ]
    assert {normal_address(text) for text in same} == {"翠园1-12"}
    others = ["翠园11-2", "翠园112", "翠园1-1-2", "翠园1-12-1", "翠园1栋12", "翠园2-12"]
    assert len({normal_address(text) for text in (*others, same[0])}) == len(others) + 1


def test_case_and_hyphens_beside_letters() -> None:
    assert normal_address("Ａ座-12b") == normal_address("a座12B") == "a座12b"
    assert normal_address("A-1") != normal_address("A-11")


@pytest.mark.parametrize(
    "text", ["欧阳娜", "欧阳 娜", "欧阳\u3000娜", "欧阳·娜", "欧阳・娜", "欧阳\u200d娜", "\u202e欧阳娜"]
)
def test_one_name(text: str) -> None:
    assert normal_name(text) == "欧阳娜"


def test_names_keep_their_characters() -> None:
    assert normal_name("欧阳娜") != normal_name("欧阳那")
    assert normal_name("歐陽娜") != normal_name("欧阳娜")
    assert normal_name("O'Neil Ann") == normal_name("o’neil ann") == "oneilann"


@pytest.mark.parametrize("text", ["-", "——", "。", "\u200b", " ", "/", "()"])
def test_nothing_is_nobody(text: str) -> None:
    """What has no letter and no digit would make one household of all who wrote it."""
    for normal in (normal_name, normal_address):
        with pytest.raises(WrongIdentity):
            normal(text)


def test_noise_changes_nothing() -> None:
    """Any blanks and invisible marks anywhere, punctuation where no digit meets a digit; a normal form is its own."""
    rng = random.Random(7)
    quiet = [c for n in range(0x3000) if (c := chr(n)).isspace() or unicodedata.category(c) == "Cf"]
    loud = [c for n in range(0x3030) if unicodedata.category(c := chr(n)) in ("Po", "Pd", "Ps", "Pe", "Sm")]
    loud = [c for c in loud if unicodedata.normalize("NFKC", c) == c]
    assert len(quiet) > 40
    assert len(loud) > 200
    for text in ("东街3号1单元101", "翠园1-12", "b座12号楼3"):
        for _ in range(500):
            noisy = "".join(c + rng.choice((*rng.sample(quiet, 3), "")) for c in text)
            at = rng.choice([i for i in range(len(noisy)) if unicodedata.category(noisy[i]) == "Lo"])
            noisy = noisy[:at] + rng.choice(loud) + noisy[at:]
            assert normal_address(noisy) == normal_address(text) == normal_address(normal_address(text)), ascii(noisy)


@pytest.mark.parametrize("text", ["110101199003077950", " 110101199003077950 ", "11010119900307795 0".replace(" ", "")])
def test_a_number_that_holds(text: str) -> None:
    assert normal_id_number(text) == "110101199003077950"


def test_the_last_sign_may_be_a_letter() -> None:
    good = next(f"1101011990030{n:04d}X" for n in range(10_000) if _holds(f"1101011990030{n:04d}X"))
    assert normal_id_number(good.lower()) == good


def _holds(number: str) -> bool:
    """ISO 7064 MOD 11-2: the weighted sum of all signs leaves one."""
    return sum(pow(2, 17 - i, 11) * (10 if c == "X" else int(c)) for i, c in enumerate(number)) % 11 == 1


def test_every_single_slip_is_found() -> None:
    """Any one sign wrong, or two neighbours swapped."""
    good = "110101199003077950"
    assert _holds(good)
    slips = [good[:i] + c + good[i + 1 :] for i in range(18) for c in "0123456789" if c != good[i]]
    slips += [good[:i] + good[i + 1] + good[i] + good[i + 2 :] for i in range(17) if good[i] != good[i + 1]]
    for slip in slips:
        with pytest.raises(WrongIdentity) as told:
            normal_id_number(slip)
        assert slip not in str(told.value)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("13800000017", "13800000017"), ("+86 138 0000 0017", "13800000017"), ("0086-13800000017", "13800000017"),
        ("8613800000017", "13800000017"), ("0715-4350110", "07154350110"), ("4350110", "4350110"),
        ("+852 2345 6789", "85223456789"),
    ],
)  # fmt: skip
def test_phones(text: str, normal: str) -> None:
    assert normal_phone(text) == normal


@pytest.mark.parametrize("text", ["123456", "", "no phone", "1" * 16])
def test_no_phones(text: str) -> None:
    with pytest.raises(WrongIdentity):
        normal_phone(text)
