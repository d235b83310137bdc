"""A program of its own: settings made in Python, and the components of this package."""

import pulumi

from components import Migration
from smc.settings import load_settings

LOCAL = "../../.local"  # leave `emulator` and `file` out to use Alibaba Cloud
SERVERS = ["web-1", "web-2"]

settings = load_settings(
    {
        "emulator": f"{LOCAL}/emulator.json",
        "source": {
            "account": "1000000000000001",
            "region": "cn-hangzhou",
            "credentials": {"profile": "source", "file": f"{LOCAL}/credentials.json"},
        },
        "destination": {
            "account": "2000000000000002",
            "region": "ap-northeast-1",
            "credentials": {"profile": "destination", "file": f"{LOCAL}/credentials.json"},
            "user": "migration-operator",
        },
        "servers": {
            name: {"select": {"name": name}, "target": {"image": f"{name}-tokyo"}}
            for name in SERVERS
        },
        "polling": {"firstSeconds": 0.5, "longestSeconds": 1},
    }
)
migration = Migration("tokyo", settings)
pulumi.export(
    "images", migration.results.apply(lambda all_: {n: r["image_id"] for n, r in all_.items()})
)
pulumi.export("failures", migration.failures)
