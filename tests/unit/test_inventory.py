"""Inventory files as people and spreadsheets write them, and what is said about broken ones."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.errors import SettingsError
from smc.settings import Settings, load_settings
from tests.unit.test_settings import VALID


def loaded(folder: Path, text: str | bytes, name: str = "servers.csv", **more: Any) -> Settings:
    content = text if isinstance(text, bytes) else text.encode()
    (folder / name).write_bytes(content)
    return load_settings({**VALID, "servers": {}, "serversFile": name, **more}, folder)


def problems(folder: Path, text: str | bytes, name: str = "servers.csv", **more: Any) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        loaded(folder, text, name, **more)
    return [str(problem) for problem in raised.value.problems]


SPREADSHEET = (
    b'\xef\xbb\xbf# moved in May, don\'t touch the "old" ones\r\n'
    b"server,id,name,privateIp,publicIp,tag,target.image,description,wave,#owner\r\n"
    b"\r\n"
    b'web-1,i-1,,,,,web-1-new,"the ""main"" shop, \r\n# not a comment",front,anna\r\n'
    b",,,,,,,,,\r\n"
    b"  # app-0 stays\r\n"
    b"app-1 , ,app-1,,,, app-1-new ,,back\r\n"
    b"db-1,,,10.0.0.7,,,db-1-new,,back,\r\n"
    b"dns,,,,203.0.113.9,,dns-new,,back,\r\n"
    b"cache,,,,,role=cache; stage=live,cache-new,,back,\r\n"
)
WAVES = {"front": {}, "back": {"after": ["front"]}}


def test_a_spreadsheet_with_everything_that_people_do(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SPREADSHEET, waves=WAVES)
    selected = {name: s.select.describe() for name, s in settings.servers.items() if s.select}
    assert selected == {
        "web-1": "id i-1",
        "app-1": "name app-1",
        "db-1": "privateIp 10.0.0.7",
        "dns": "publicIp 203.0.113.9",
        "cache": "tags role=cache,stage=live",
    }
    web = settings.servers["web-1"]
    assert (web.target.image, web.wave) == ("web-1-new", "front")
    assert web.description == 'the "main" shop, \r\n# not a comment'
    assert settings.servers["app-1"].target.image == "app-1-new"


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_other_separators_and_line_ends(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [["server", "id", "target.image", "validDays"], ["a1", "i-1", "a-new", "9"]]
    settings = loaded(tmp_path, end.join(delimiter.join(row) for row in rows))
    assert settings.servers["a1"].valid_days == 9


def test_dotted_columns_and_cells_in_yaml(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        "server,id,target.instance,target.acknowledge,network.compressLevel,network.checksum,tags\n"
        'a1,i-1,i-9,i-9,7,true,"{size: big, stage: live}"\n',
    )
    server = settings.servers["a1"]
    assert server.target.instance == "i-9"
    assert server.network is not None
    assert (server.network.compress_level, server.network.checksum) == (7, True)
    assert server.tags == {"size": "big", "stage": "live"}


HEADER = "server,id,privateIp,target.image\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "\n# c\na1,,10.0.0,a-new\n", "servers.csv:4 privateIp: '10.0.0'"),
        (HEADER + "a1,i-1,,a-new\na1,i-2,,b-new\n", "servers.csv:3: a1 is at servers.csv:2"),
        (HEADER + "a1,i-1,,\n", "servers.csv:2 target: is missing."),
        (HEADER + "a1,i-1,10.0.0.1,a-new\n", "servers.csv:2 select: name exactly one of"),
        (HEADER + "a1,,,a-new\n", "servers.csv:2: name either select or sourceId."),
        (HEADER + ",i-1,,a-new\n", "servers.csv:2 server: is missing."),
        (HEADER + "a1,i-1,,a-new,more\n", "servers.csv:2: has 5 values for 4 columns."),
        (HEADER + "9x,i-1,,a-new\n", "servers.csv:2: '9x' does not have the form"),
        (HEADER + 'a1,i-1,,"a-new\n', "servers.csv:2: unexpected end of data."),
        (HEADER + 'a1,i-1,,"a"b\n', "servers.csv:2: "),
        ("server,id,colour,target.image\na1,i-1,r,a-new\n", "servers.csv:1 colour: is not a"),
        ("server,id,id,target.image\n", "servers.csv:1 id: is there twice."),
        ("server,id,select.id\n", "servers.csv:1 select.id: is there twice."),
        ("id,target.image\ni-1,a-new\n", "servers.csv:1: needs one column server."),
        ("", "servers.csv:1: needs one column server."),
        ("server,tag,target.image\na1,web,a-new\n", "servers.csv:2 tag: cannot be read: write"),
        ("server,id,disks,target.image\na1,i-1,{a,b\n", "servers.csv:2 disks: cannot be read"),
        (
            "server,id,target.image,network\na1,i-1,a-new,{compressLevel: 11}\n",
            "servers.csv:2 network.compressLevel: 11",
        ),
        (b"server,id\n\xff\xfe", "servers.csv: is not UTF-8."),
    ],
)
def test_a_problem_of_a_csv_file_has_line_and_column(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    assert any(p.startswith(said) for p in problems(tmp_path, text)), problems(tmp_path, text)


YAML = """\
# a comment
web-1:
  select: {id: i-1}
  target: {image: web-1-new}
app-1:
  select:
    privateIp: 10.0.0
  target:
    image: web-1-new
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (YAML, "servers.yaml:7:5 app-1.select.privateIp: '10.0.0'"),
        (YAML.replace("10.0.0", "10.0.0.1"), "servers.yaml:9:5 app-1.target.image: web-1-new is"),
        (YAML.replace("    image", "    imagge"), "servers.yaml:9:5 app-1.target.imagge: is not a"),
        (YAML + "web-1: {}\n", "servers.yaml:10:1 web-1: is there twice."),
        (YAML + "x: [", "servers.yaml:10:5: is not YAML:"),
        ("- a\n", "servers.yaml: is no mapping."),
        ("a1: &a {select: *a}\n", "servers.yaml:1:1 a1"),
    ],
)
def test_a_problem_of_a_yaml_file_has_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    found = problems(tmp_path, text, "servers.yaml")
    assert any(p.startswith(said) for p in found), found


def test_both_sources_of_servers_are_merged_and_exclude_each_other(tmp_path: Path) -> None:
    own: dict[str, Any] = {
        "servers": {"a1": {"select": {"id": "i-8"}, "target": {"image": "own-new"}}}
    }
    text = HEADER + "b1,i-2,,b-new\n"
    assert set(loaded(tmp_path, text, **own).servers) == {"a1", "b1"}
    found = problems(tmp_path, text + "a1,i-1,,a-new\n", **own)
    assert found == ["servers.csv:3: a1 is in the stack file already. Fix: list every server once."]
    clash = problems(tmp_path, HEADER + "b1,i-8,,b-new\n", **own)
    assert clash == ["servers.a1.select: id i-8 is already b1. Fix: list every server once."]


@pytest.mark.parametrize("name", ["missing.csv", "servers.txt"])
def test_a_file_that_is_no_inventory(tmp_path: Path, name: str) -> None:
    (tmp_path / "servers.txt").touch()
    with pytest.raises(SettingsError) as raised:
        load_settings({**VALID, "serversFile": name}, tmp_path)
    assert [p.path for p in raised.value.problems] == ["serversFile"]


@pytest.mark.parametrize("name", ["servers.csv", "servers.yaml"])
@given(text=st.text(alphabet=st.sampled_from("ab1:,;{}[]\"'#&*- \n\r\t|>%@"), max_size=60))
def test_whatever_is_in_the_file_gives_settings_or_problems(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str
) -> None:
    try:
        loaded(tmp_path_factory.mktemp("inventory"), text, name)
    except SettingsError as error:
        assert all(problem.path for problem in error.problems)  # noqa: PT017 - both ways are right
