"""The commands' own files: no link is followed, no other user's folder worked in."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shopify_assets.cli import instance, readers, server
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import load_settings
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.stage import EMBER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets_tests.cli.conftest import Called

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about what root must not do")

NOBODY = 65534


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    file = tmp_path / "victim"
    file.write_text("untouched")
    return file


def test_a_lock_that_is_a_link_is_refused(tmp_path: Path, victim: Path) -> None:
    home = tmp_path / "state"
    home.mkdir()
    (home / "dev.lock").symlink_to(victim)
    with (
        pytest.raises(ConfigurationError, match=r"dev\.lock is a link"),
        server.only_one(home),
    ):
        pass
    assert victim.read_text() == "untouched"


def test_a_link_in_the_place_of_dagsters_configuration_is_replaced(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(instance.DAGSTER_HOME, raising=False)
    monkeypatch.setattr(instance, "_database", lambda _: "postgresql://nowhere")
    for name in (instance.DAGSTER_HOME, "SHOPIFY_ASSETS_DAGSTER_URL"):
        monkeypatch.setenv(name, "")  # restored afterwards
    folder = tmp_path / "state" / "dagster"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "dagster.yaml").symlink_to(victim)
    instance.prepare(tmp_path / "state")
    assert victim.read_text() == "untouched"
    found = (folder / "dagster.yaml").lstat()
    assert stat.S_ISREG(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600


@as_root
def test_root_works_in_no_users_state_folder(tmp_path: Path) -> None:
    home = tmp_path / "state"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    with (
        pytest.raises(ConfigurationError, match="belongs to user id 65534: run as"),
        server.only_one(home),
    ):
        pass
    assert list(home.iterdir()) == []


def test_a_state_folder_that_every_user_may_write_to_is_refused(
    tmp_path: Path,
) -> None:
    home = tmp_path / "state"
    home.mkdir()
    home.chmod(0o777)
    with (
        pytest.raises(ConfigurationError, match="every user may write to"),
        server.only_one(home),
    ):
        pass


def test_a_command_closes_what_it_makes_and_leaves_what_is_there(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    before = os.umask(0o022)
    try:
        (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
        added = call("shops", "add", "a.myshopify.com", "--access-token-env=TOKEN")
        assert added.code == 0
        # Its readers keep it, as a daemon of another user.
        assert stat.S_IMODE((place / "shops.toml").stat().st_mode) == 0o644
        (place / "shops.toml").unlink()
        call("shops", "add", "a.myshopify.com", "--access-token-env=TOKEN")
        assert stat.S_IMODE((place / "shops.toml").stat().st_mode) == 0o600
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_doctor_names_what_others_may_read_and_changes_nothing(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    for above in (place, *place.parents):
        if above == Path(tempfile.gettempdir()):
            break
        above.chmod(0o755)  # pytest's own are closed
    lake = place / ".shopify_assets" / "lake"
    lake.mkdir(parents=True)
    lake.chmod(0o755)
    (place / ".shopify_assets" / "dagster").mkdir(mode=0o700)
    found = call("doctor", "--json")
    seen = {each["thing"]: each["seen"] for each in found.json if not each["well"]}
    thing = "who may read the state folder"
    assert seen == {
        thing: f"every user of this machine may read what is in {lake}; close it: "
        f"chmod -R go= {lake} (or o= alone, if its group is to read it)"
    }
    assert stat.S_IMODE(lake.stat().st_mode) == 0o755

    lake.chmod(0o750)
    told = {each["thing"]: each["seen"] for each in call("doctor", "--json").json}
    assert told[thing] == f"its owner, and of {lake} the users of its group"
    lake.chmod(0o700)
    told = {each["thing"]: each["seen"] for each in call("doctor", "--json").json}
    assert told[thing] == "its owner alone"


def test_what_lies_in_a_closed_folder_is_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "lake").mkdir(parents=True)
    (closed / "lake").chmod(0o777)
    closed.chmod(0o700)
    settings = load_settings({"LAKE_URL": str(closed / "lake")}, folder=tmp_path)
    assert [(each.thing, each.by_all) for each in readers.readers(settings)] == [
        ("the state folder", ()),
        ("the lake", ()),
    ]
