import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from monitors.settings_problems import SetupError
from monitors.storage.sealing import KEY_FILE, Sealer, SealError

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


def test_what_is_sealed_opens_for_its_context_alone() -> None:
    sealer = Sealer([OLD])
    sealed = sealer.seal("xoxb-secret 🔑", context="slack:T1")
    assert "secret" not in sealed
    assert sealer.open(sealed, context="slack:T1") == "xoxb-secret 🔑"
    with pytest.raises(SealError, match="slack:T2 was encrypted for another row"):
        sealer.open(sealed, context="slack:T2")


def test_the_first_key_seals_and_all_open() -> None:
    before = Sealer.from_text(OLD).seal("token", context="slack:T1")
    both = Sealer.from_text(f" {NEW} , {OLD},")
    assert both.open(before, context="slack:T1") == "token"
    after = both.seal("token", context="slack:T1")
    assert Sealer.from_text(NEW).open(after, context="slack:T1") == "token"


def test_a_wrong_key_is_one_clear_message_that_shows_no_secret() -> None:
    sealed = Sealer([OLD]).seal("token", context="slack:T1")
    with pytest.raises(SealError, match="can't be decrypted with ENCRYPTION_KEYS") as caught:
        Sealer([OTHER]).open(sealed, context="slack:T1")
    assert OTHER not in str(caught.value)
    assert sealed not in str(caught.value)


@pytest.mark.parametrize("damaged", ["", "plain text", "gAAAA", "é"])
def test_a_damaged_value_is_the_same_message(damaged: str) -> None:
    with pytest.raises(SealError, match="can't be decrypted with ENCRYPTION_KEYS"):
        Sealer([OLD]).open(damaged, context="slack:T1")


@pytest.mark.parametrize(
    "bad", ["short", "é", "A" * 44, OLD[:-2]], ids=["short", "accent", "zeros", "cut"]
)
def test_a_malformed_key_is_named_by_its_position_alone(bad: str) -> None:
    with pytest.raises(SealError, match="Key 2 of ENCRYPTION_KEYS isn't a Fernet key") as caught:
        Sealer.from_text(f"{OLD},{bad}")
    assert bad not in str(caught.value)


@pytest.mark.parametrize("text", ["", " ", ",,"])
def test_no_key_at_all_says_how_to_make_one(text: str) -> None:
    with pytest.raises(SealError, match=r"is empty\. Generate one with"):
        Sealer.from_text(text)


def test_the_generated_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    sealed = Sealer.from_data_dir(tmp_path / "data").seal("token", context="slack:T1")
    assert (tmp_path / "data" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    again = Sealer.from_data_dir(tmp_path / "data")
    assert again.open(sealed, context="slack:T1") == "token"
    assert [path.name for path in (tmp_path / "data").iterdir()] == [KEY_FILE]


def test_a_generated_key_file_open_to_others_is_closed(tmp_path: Path) -> None:
    Sealer.from_data_dir(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    Sealer.from_data_dir(tmp_path)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"garbage\n", b"\xff\xfe"])
def test_a_broken_key_file_is_named_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(
        SealError, match=r"encryption\.key doesn't contain a usable key. Restore it"
    ):
        Sealer.from_data_dir(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_key_file_that_is_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).mkdir()
    with pytest.raises(SetupError, match=r"encryption\.key can't be used"):
        Sealer.from_data_dir(tmp_path)


def test_all_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def start(data_dir: Path) -> str:
        barrier.wait()
        return Sealer.from_data_dir(data_dir).seal("token", context="slack:T1")

    with ThreadPoolExecutor(8) as pool:
        for attempt in range(20):
            data_dir = tmp_path / str(attempt)
            sealed = list(pool.map(start, [data_dir] * 8))
            sealer = Sealer.from_data_dir(data_dir)
            assert {sealer.open(value, context="slack:T1") for value in sealed} == {"token"}
