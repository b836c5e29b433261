"""What operators do to organisations and accounts, and why they are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, ProgrammingError

from server.people import accounts
from server.people.accounts import AccountRefused
from tests.factories import DISTRICT, JINSHA, QUICK_PASSWORDS, make_account, make_organisations


@pytest.fixture
def connection(owner: Engine) -> Iterator[Connection]:
    make_organisations(owner)
    with owner.connect() as made:
        yield made


def create(connection: Connection, **edits: Any) -> accounts.NewAccount:
    asked: dict[str, Any] = {
        "username": "new.one",
        "display_name": "新人",
        "role": "officer",
        "organisation_code": DISTRICT,
        "passwords": QUICK_PASSWORDS,
    }
    return accounts.create_account(connection, **(asked | edits))


def test_an_account_made_without_a_password_gets_a_random_one_that_is_kept_nowhere(
    connection: Connection,
) -> None:
    one, two = create(connection), create(connection, username="new.two")
    assert one.password != two.password
    assert re.fullmatch(r"[a-z2-9]{20}", one.password)
    stored = connection.exec_driver_sql("SELECT CAST(a AS text), password_hash FROM account a").all()
    assert not any(one.password in row[0] or two.password in row[0] for row in stored)
    assert sorted(QUICK_PASSWORDS.matches(one.password, row[1]) for row in stored) == [False, True]


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ({"username": "New.One"}, "username_form"),
        ({"username": "新人"}, "username_form"),
        ({"username": "a"}, "username_form"),
        ({"username": "a" * 65}, "username_form"),
        ({"username": "new.one\n"}, "username_form"),
        ({"username": "taken"}, "username_taken"),
        ({"role": "root"}, "role_unknown"),
        ({"organisation_code": "999999"}, "organisation_unknown"),
        ({"password": "short"}, "password_length"),
        ({"password": "x" * 1001}, "password_length"),
        ({"password": "with\x00nul-inside"}, "password_length"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_both_languages(
    connection: Connection, edits: dict[str, Any], reason: str
) -> None:
    create(connection, username="taken")
    with pytest.raises(AccountRefused) as refused:
        create(connection, **edits)
    assert refused.value.reason == reason
    chinese, _, english = str(refused.value).partition(" / ")
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert re.search(r"[a-z]{3}", english)
    assert len(accounts.list_accounts(connection)) == 1


def test_a_refused_account_leaves_the_transaction_usable(connection: Connection) -> None:
    create(connection)
    with pytest.raises(AccountRefused):
        create(connection)
    assert create(connection, username="another").account.username == "another"


@pytest.mark.parametrize(
    "verb",
    [
        accounts.disable_account,
        accounts.enable_account,
        accounts.find_account,
        lambda connection, name: accounts.set_password(connection, name, passwords=QUICK_PASSWORDS),
        lambda connection, name: accounts.set_role(connection, name, "admin"),
    ],
    ids=["disable", "enable", "find", "set_password", "set_role"],
)
def test_nothing_is_done_to_an_account_that_is_not_there(
    connection: Connection, verb: Callable[[Connection, str], object]
) -> None:
    with pytest.raises(AccountRefused) as refused:
        verb(connection, "nobody.here")
    assert refused.value.reason == "username_unknown"


def test_accounts_are_listed_by_organisation_and_name(owner: Engine, connection: Connection) -> None:
    for name, organisation in (("b", JINSHA), ("c", DISTRICT), ("a", JINSHA)):
        make_account(owner, username=f"{name}{name}", organisation=organisation)
    listed = [(one.organisation_code, one.username) for one in accounts.list_accounts(connection)]
    assert listed == [(DISTRICT, "cc"), (JINSHA, "aa"), (JINSHA, "bb")]


def test_disabling_twice_keeps_the_first_moment(owner: Engine) -> None:
    name = make_account(owner).username
    moments = []
    for _ in range(2):
        with owner.begin() as connection:
            moments.append(accounts.disable_account(connection, name).disabled_at)
    assert moments[0] is not None
    assert moments[0] == moments[1]
    with owner.begin() as connection:
        assert accounts.enable_account(connection, name).disabled_at is None


def test_an_unknown_role_cannot_be_given(owner: Engine) -> None:
    name = make_account(owner).username
    with owner.begin() as connection, pytest.raises(AccountRefused, match="root"):
        accounts.set_role(connection, name, "root")


def test_putting_an_organisation_again_renames_it_and_keeps_its_id(
    owner: Engine, connection: Connection
) -> None:
    names: dict[str, Any] = {"kind": "township", "body_name": "新局", "body_name_en": "New bureau"}
    before = make_organisations(owner)[JINSHA]
    after = accounts.put_organisation(connection, code=JINSHA, name="新名街道", **names)
    assert (after.id, after.name) == (before.id, "新名街道")


def test_an_organisation_does_not_change_its_kind(connection: Connection) -> None:
    with pytest.raises(AccountRefused, match=DISTRICT):
        accounts.put_organisation(
            connection, code=DISTRICT, kind="township", name="x", body_name="x", body_name_en="x"
        )


def test_a_township_needs_its_district_first(owner: Engine) -> None:
    with owner.begin() as connection, pytest.raises(AccountRefused) as refused:
        accounts.put_organisation(
            connection, code=JINSHA, kind="township", name="x", body_name="x", body_name_en="x"
        )
    assert refused.value.reason == "no_district"


def test_there_is_one_district_in_a_deployment(connection: Connection) -> None:
    with pytest.raises(IntegrityError, match="organisation_one_district"):
        accounts.put_organisation(
            connection, code="320613", kind="district", name="x", body_name="x", body_name_en="x"
        )


def test_the_server_s_role_can_make_no_account(owner: Engine, as_app_role: Engine) -> None:
    make_organisations(owner)
    with as_app_role.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        create(connection)
