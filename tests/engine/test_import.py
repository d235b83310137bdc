"""Import on the real engine: the preview's line for each server, the inventory file, adoption."""

from smc.api.source_servers import describe_source_servers
from tests.support.project import Project
from tests.support.registration import register

CHANGING = ("Create", "Run", "Delete", "Modify", "Tag", "Attach")


def test_a_preview_says_what_will_become_of_each_server(project: Project) -> None:
    """Also the first one, before there is a role: with the source account's own credentials."""
    project.settings["servers"] = {
        name: {"select": select, "target": {"image": f"{name}-image"}}
        for name, select in {
            "web-1": {"id": "i-source0web1"},
            "db-1": {"privateIp": "192.168.0.31"},
            "front": {"tags": {"tier": "front"}},
            "stopped": {"name": "stopped-1"},
            "silent": {"name": "silent-1"},
        }.items()
    }
    preview = project.preview()
    assert preview.code == 0, preview.text
    for line in (
        "web-1 will be imported: i-source0web1 (web-1, 192.168.0.11, 203.0.113.11), Ubuntu 22.04",
        "db-1 will be imported: i-source0db1 (db-1, 192.168.0.31), Windows Server 2019; warning:",
        "SMC migrates Windows to the Chinese mainland only, not to ap-northeast-1",
        "front cannot be imported: tags tier=front means 2 instances",
        "stopped cannot be imported: i-source0stop (stopped-1, 192.168.0.51) is Stopped",
        "silent cannot be imported: Cloud Assistant does not answer",
    ):
        assert line in preview.text, preview.text
    changed = [a for a in project.cloud.counts if a.partition(":")[2].startswith(CHANGING)]
    assert changed == []


def test_servers_of_a_file_and_one_that_is_registered_already(project: Project) -> None:
    (foreign,) = register(project.cloud, "i-source0web2")
    project.settings["servers"] = {
        "web-2": {"sourceId": foreign.source_id, "target": {"image": "web-2-image"}}
    }
    project.settings["serversFile"] = "servers.csv"
    inventory = project.program / "servers.csv"
    inventory.write_text("server,privateIp,target.image\nweb-1,192.168.0,web-1-image\n")
    refused = project.preview()
    assert refused.code == 1
    assert "servers.csv:2 privateIp: '192.168.0'" in refused.text

    inventory.write_text("server,privateIp,target.image\nweb-1,192.168.0.11,web-1-image\n")
    preview = project.preview()
    assert f"web-2 is adopted: {foreign.source_id}" in preview.text, preview.text
    up = project.up()
    assert up.code == 0, up.text
    results = project.outputs()["results"]
    assert {name: r["status"] for name, r in results.items()} == {
        "web-1": "Finished",
        "web-2": "Finished",
    }
    again = project.preview("--expect-no-changes")
    assert again.code == 0, again.text
    assert "will be imported" not in again.text
    assert project.destroy().code == 0
    assert describe_source_servers(project.cloud.clients("destination")) == [foreign]
