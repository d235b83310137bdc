"""Worlds to measure with: servers, registered sources, and running jobs, made by the actions."""

from pathlib import Path
from typing import Any

from emulator.ecs.tables import Instance
from emulator.identity.tables import AccessKey, Account
from emulator.service import ACTIONS, Call, Caller
from emulator.services import load_services
from emulator.smc.client import register
from emulator.smc.tables import AccessToken
from emulator.world import World
from emulator.world_file import WorldFile

SOURCE, DESTINATION = "1000000000000001", "2000000000000002"
REGION = "ap-northeast-1"


def make_state(path: Path, *, servers: int, jobs: int) -> dict[str, str]:
    """Write a world with so many servers, all registered, and so many running jobs.

    Returns:
        The access key of the destination account: `access_key_id` and `access_key_secret`.
    """
    load_services()
    world = World(path, speed=0)
    with world.transaction():
        WorldFile.model_validate(_declared(servers)).plant(world)
    caller = Caller(DESTINATION, "root", "root", f"acs:ram::{DESTINATION}:root", DESTINATION, "")

    def run(action: str, **parameters: Any) -> dict[str, Any]:
        with world.transaction():
            call = Call("smc", action, parameters, caller, world, "")
            return ACTIONS["smc", action].run(call)

    token_id = run("CreateAccessToken", Count="1000")["AccessTokenId"]
    for number, instance in enumerate(world.table(Instance)):
        token = world.table(AccessToken).get(token_id)
        if token is None:
            raise LookupError(token_id)
        with world.transaction():
            source = register(world, instance, token)
        if number < jobs:
            job = run(
                "CreateReplicationJob",
                RegionId=REGION,
                SourceId=source.source_id,
                Name=f"job-{number}",
                ImageName=f"image-{number}",
                Tag=[{"Key": "stack", "Value": "bench"}],
            )
            run("StartReplicationJob", JobId=job["JobId"])
    world.clock.advance(300)
    world.settle()
    (account,) = (a for a in world.table(Account) if a.account_id == DESTINATION)
    (key,) = world.table(AccessKey).find(account_id=DESTINATION, user_name=account.login_user)
    world.close()
    return {"access_key_id": key.access_key_id, "access_key_secret": key.secret}


def _declared(servers: int) -> dict[str, Any]:
    admin = {"login": "admin", "users": {"admin": {"policies": ["AdministratorAccess"]}}}
    instances = [
        {
            "name": f"server-{number}",
            "region": "cn-hangzhou",
            "privateIp": f"10.0.{number // 250}.{number % 250 + 1}",
            "disks": [{"sizeGib": 40, "usedGib": 20}, {"sizeGib": 100, "usedGib": 30}],
            "tags": {"number": str(number)},
        }
        for number in range(servers)
    ]
    return {
        "settings": {"smc.running_jobs_quota": servers},
        "accounts": {
            "source": {"id": SOURCE, **admin, "instances": instances},
            "destination": {"id": DESTINATION, **admin},
        },
    }
