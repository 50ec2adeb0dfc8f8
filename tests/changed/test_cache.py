"""What is known of unchanged files changes no answer: nothing kept, all kept and spoilt say the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cache.store import Store
from reconciler.cli.main import run
from reconciler.desired import KnownWords
from reconciler.desired.words import bits, words_of
from tests.bodies import guid
from tests.changed.repository import Repository, customer_text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECONCILER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def say(repository: Repository, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    repository.customers(3)

    def said(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([*(arguments or ("validate",)), "--changed-since", "main"])
        return code, *capsys.readouterr()

    return said


Said = Callable[..., tuple[int, str, str]]

TWO = customer_text(2)
# Customer 1 changed to claim what the unchanged file of customer 2 names, as its file has it.
CLAIMS = {
    "name": (customer_text(1, name="customer-2"), TWO),
    "tenant": (customer_text(1, tenant=2), TWO),
    "order": (customer_text(1).replace(guid(1), guid(2)), TWO),
    "reservation": (customer_text(1).replace(guid(0x1001), guid(0x1002)), TWO),
    "in capitals": (customer_text(1, tenant=2), TWO.replace(guid(0xDBB02), guid(0xDBB02).upper())),
    "escaped": (
        customer_text(1, tenant=2),
        TWO.replace(guid(0xDBB02), f'"\\x{ord(guid(0xDBB02)[0]):02x}{guid(0xDBB02)[1:]}"'),
    ),
    "beside a mistake": (customer_text(1, tenant=2), TWO.replace("renew: false", "renew: maybe")),
    "nothing": (customer_text(1, wanted="renew: true"), TWO),
    "nothing, beside a mistake": (customer_text(1, wanted="renew: true"), TWO.replace("renew: false", "renew: maybe")),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_rival_is_found_whatever_is_kept(claim: str, repository: Repository, folder: Path, say: Said) -> None:
    one, two = CLAIMS[claim]
    repository.git("checkout", "-q", "main")
    repository.write("desired/customer-2.yaml", two)
    repository.commit()
    repository.git("checkout", "-q", "-B", "work")
    repository.write("desired/customer-1.yaml", one)
    nothing_kept = say()
    assert (nothing_kept[0] == 0) is claim.startswith("nothing")
    kept = Store(folder).file.read_bytes()
    assert say() == nothing_kept
    assert Store(folder).file.read_bytes() == kept
    Store(folder).file.write_bytes(kept[:5000] + bytes(50) + kept[5050:])
    assert say() == nothing_kept


@pytest.mark.usefixtures("folder")
def test_a_file_that_came_to_claim_it_since_is_read_again(repository: Repository, say: Said) -> None:
    repository.write("desired/customer-1.yaml", customer_text(1, wanted="renew: true"))
    assert say()[0] == 0
    repository.write("desired/customer-3.yaml", customer_text(3, tenant=1))
    code, _, err = say()
    assert code == 1
    assert "is used twice" in err


@pytest.mark.usefixtures("folder")
def test_files_whose_names_differ_in_case_alone_have_words_of_their_own(repository: Repository, say: Said) -> None:
    repository.git("checkout", "-q", "main")
    repository.write("desired/CUSTOMER-2.yaml", 4)
    repository.commit()
    repository.git("checkout", "-q", "-B", "work")
    repository.write("desired/customer-1.yaml", customer_text(1, wanted="renew: true"))
    assert say()[0] == 0
    repository.write("desired/customer-1.yaml", customer_text(1, tenant=4))
    assert say()[0] == 1


@pytest.mark.usefixtures("folder")
def test_what_a_filter_writes_is_not_what_git_has(repository: Repository, say: Said) -> None:
    """The words of the object are known; the file, unchanged to git, has others."""
    repository.git("checkout", "-q", "main")
    repository.write(".gitattributes", "customer-2.yaml filter=tenants\n")
    repository.commit()
    repository.git("checkout", "-q", "-B", "work")
    repository.write("desired/customer-1.yaml", customer_text(1, wanted="renew: true"))
    assert say()[0] == 0
    repository.git("config", "filter.tenants.clean", f"sed s/{guid(0xDBB09)}/{guid(0xDBB02)}/")
    repository.write("desired/customer-2.yaml", customer_text(2, tenant=9))
    assert "customer-2" not in repository.git("status", "--porcelain")
    repository.write("desired/customer-1.yaml", customer_text(1, tenant=9))
    assert say()[0] == 1


def test_a_cache_in_the_repository_is_none(repository: Repository, say: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull request could bring one along."""
    monkeypatch.setenv("RECONCILER_CACHE", str(repository.folder / "cache"))
    repository.write("desired/customer-1.yaml", customer_text(1, wanted="renew: true"))
    assert say()[0] == 0
    assert not (repository.folder / "cache").exists()


def git_id(source: bytes) -> bytes:
    return sha1(b"blob %d\0" % len(source) + source).digest()


def test_words_are_kept_by_what_git_calls_the_content(tmp_path: Path) -> None:
    source = b"name: Contoso-1\n"
    objects = {"a.yaml": git_id(source), "b.yaml": git_id(b"another")}
    known = KnownWords(Store(tmp_path), objects)
    assert not known.lacks("a.yaml", bits([b"fabrikam"]))
    known.learn("a.yaml", source, [b"name", b"contoso-1"])
    # The file changed after git looked, or git keeps it in another form.
    known.learn("b.yaml", source, [b"name", b"contoso-1"])
    known.keep()
    again = KnownWords(Store(tmp_path), objects)
    assert again.lacks("a.yaml", bits([b"fabrikam"]))
    assert not again.lacks("a.yaml", bits([b"fabrikam", b"contoso-1"]))
    assert not again.lacks("b.yaml", bits([b"fabrikam"]))
    assert not again.lacks("c.yaml", bits([b"fabrikam"]))


@given(st.binary(max_size=60).filter(lambda source: b"\\" not in source))
def test_words_are_what_stands_between_other_signs_in_small_letters(source: bytes) -> None:
    assert words_of(source) == set(re.findall(rb"[0-9a-z-]+", source.lower()))
