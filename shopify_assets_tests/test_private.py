"""Files of ours are read by their owner alone, and are no one else's."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopify_assets.errors import ConfigurationError
from shopify_assets.private import (
    closed_umask,
    make_folder,
    open_private,
    own_folder,
    state_folder,
    write_private,
)

_MAKE = os.O_RDWR | os.O_CREAT


@pytest.fixture(autouse=True)
def careless_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_whatever_the_umask_others_may_not_read(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    os.close(open_private(tmp_path / "a" / "b" / "file", _MAKE))
    assert _mode(tmp_path / "a") == _mode(tmp_path / "a" / "b") == 0o700
    assert _mode(tmp_path / "a" / "b" / "file") == 0o600


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    make_folder(tmp_path / "a")
    assert _mode(tmp_path / "a") == 0o755


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(ConfigurationError, match="is a link"):
        open_private(tmp_path / "link", _MAKE | os.O_TRUNC)
    assert (tmp_path / "victim").read_text() == "untouched"


def test_a_second_name_of_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched")
    os.link(tmp_path / "victim", tmp_path / "ours")
    with pytest.raises(ConfigurationError, match="second name"):
        open_private(tmp_path / "ours", _MAKE | os.O_TRUNC)
    assert (tmp_path / "victim").read_text() == "untouched"


def test_a_pipe_and_another_users_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match="no plain file"):
        open_private(tmp_path / "pipe", os.O_RDWR)
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigurationError, match="no plain file"):
        open_private(tmp_path / "folder", os.O_RDWR)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="belongs to user id"):
        open_private(tmp_path / "file", os.O_RDWR, owner=os.geteuid() + 1)


def test_what_is_ours_may_be_written_anew(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old and long")
    with os.fdopen(open_private(tmp_path / "file", _MAKE | os.O_TRUNC), "w") as file:
        file.write("new")
    assert (tmp_path / "file").read_text() == "new"


def test_what_is_written_takes_the_place_of_a_link_and_is_closed(
    tmp_path: Path,
) -> None:
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "file").symlink_to(tmp_path / "victim")
    write_private(tmp_path / "file", "new")
    assert (tmp_path / "victim").read_text() == "untouched"
    assert not (tmp_path / "file").is_symlink()
    assert (tmp_path / "file").read_text() == "new"
    assert _mode(tmp_path / "file") == 0o600
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_others_may_write_to_or_a_link_is_not_ours(
    tmp_path: Path,
) -> None:
    assert own_folder(tmp_path / "ours") == tmp_path / "ours"
    assert _mode(tmp_path / "ours") == 0o700
    (tmp_path / "link").symlink_to(tmp_path / "ours")
    with pytest.raises(ConfigurationError, match="is no folder"):
        own_folder(tmp_path / "link")
    (tmp_path / "ours").chmod(0o720)
    with pytest.raises(ConfigurationError, match="can be written by others"):
        own_folder(tmp_path / "ours")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be used"):
        own_folder(tmp_path / "file" / "folder")


def test_the_umask_is_closed_for_a_while(tmp_path: Path) -> None:
    with closed_umask():
        (tmp_path / "closed").touch()
    (tmp_path / "open").touch()
    assert (_mode(tmp_path / "closed"), _mode(tmp_path / "open")) == (0o600, 0o666)


def test_a_state_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="SHOPIFY_ASSETS_HOME to a folder of"):
        state_folder(tmp_path / "file" / "state")
    assert state_folder(tmp_path / "state") == tmp_path / "state"
    assert _mode(tmp_path / "state") == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's link needs root to make")
def test_a_state_folder_behind_another_users_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("ours")
    assert state_folder(tmp_path / "link") == tmp_path / "link"
    os.chown(tmp_path / "link", 65534, 65534, follow_symlinks=False)
    with pytest.raises(ConfigurationError, match="belongs to user id 65534"):
        state_folder(tmp_path / "link")
