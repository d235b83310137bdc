from pathlib import Path

import pytest

from tools.engine.cache import cache_folder, cached, key_of


def fill(folder: Path) -> None:
    (folder / "binary").write_text("complete")


def test_key_follows_content_names_and_flags(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("go 1.26")
    key = key_of("-trimpath", tmp_path)
    assert key_of("-trimpath", tmp_path) == key
    assert key_of("-race", tmp_path) != key
    (tmp_path / "go.mod").write_text("go 1.27")
    changed = key_of("-trimpath", tmp_path)
    assert changed != key
    (tmp_path / "go.mod").rename(tmp_path / "go.sum")
    assert key_of("-trimpath", tmp_path) not in {key, changed}


def test_cache_folder_ignores_a_relative_setting(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == machine / "cache" / "smc-migration" / "engine"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == machine / "home" / ".cache" / "smc-migration" / "engine"


@pytest.mark.usefixtures("machine")
def test_made_once() -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        fill(folder)

    first = cached("engine", "key", make)
    assert cached("engine", "key", make) == first
    assert len(made) == 1
    assert (first / "binary").read_text() == "complete"


@pytest.mark.usefixtures("machine")
def test_failure_leaves_nothing_that_looks_complete() -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("engine", "key", fail)
    assert [path.name for path in cache_folder().iterdir()] == ["engine-key.lock"]
    assert (cached("engine", "key", fill) / "binary").exists()


@pytest.mark.usefixtures("machine")
def test_leftovers_of_a_killed_process_are_removed() -> None:
    abandoned = cache_folder() / "engine-key.making-1"
    abandoned.mkdir(parents=True)
    fill(abandoned)
    cached("engine", "key", fill)
    assert not abandoned.exists()
