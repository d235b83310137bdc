"""One migration, as every client walks it.

access: policy, role and attachment in the source account; the destination's user is refused the
role, is granted AliyunSTSAssumeRoleAccess, and assumes it.
import: an activation code, the import command under the role, the source server is Available.
job: created, started, described until Finished; ECS lists its image.
end: job, source server, code and access are deleted.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator.identity.tables import Policy, Role
from emulator.smc.tables import AccessToken, ReplicationJob, SourceServer
from tests.clients.client import Client, Login, RefusedError
from tests.support.cloud import DESTINATION, REGIONS, SOURCE, Cloud, VirtualTime

INSTANCE = "i-source0web1"
POLICY, ROLE, SESSION, IMAGE = "walked-policy", "walked-role", "walker", "walked-image"
ROLE_ARN = f"acs:ram::{SOURCE}:role/{ROLE}"
REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
LONGEST_WAIT_MINUTES = 600

# The least that the import needs; the documented policy has ten actions.
IMPORT = {"Effect": "Allow", "Action": ["ecs:RunCommand", "ecs:Describe*"], "Resource": "*"}
TRUST = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"RAM": [f"acs:ram::{DESTINATION}:root"]},
}


def document(statement: dict[str, Any]) -> str:
    """A policy document of one statement."""
    return json.dumps({"Version": "1", "Statement": [statement]}, indent=2)


class Walk:
    """The walk of one client through a cloud."""

    def __init__(self, cloud: Cloud, clock: VirtualTime, client: Client) -> None:
        self.cloud = cloud
        self.clock = clock
        self.client = client
        self.source = self._login("source")
        self.destination = self._login("destination")

    def _login(self, side: str) -> Login:
        account = self.cloud.described["accounts"][side]
        return Login(
            endpoint=self.cloud.described["endpoint"].removeprefix("http://"),
            region=REGIONS[side],
            access_key_id=account["access_key_id"],
            access_key_secret=account["access_key_secret"],
        )

    def all(self) -> None:
        """Walk from access to end."""
        session = self.assumed_role(self.granted_access())
        source_id = self.imported_source(session)
        self.finished_job(source_id)
        self.deleted_all(source_id)
        self.withdrawn_access()
        self.only_what_was_meant_was_refused()

    def granted_access(self) -> dict[str, Any]:
        """Grant the access; the parameters with which the role can be assumed now."""
        ram = self._caller(self.source, "ram")
        ram("CreatePolicy", PolicyName=POLICY, PolicyDocument=document(IMPORT))
        made = ram("CreateRole", RoleName=ROLE, AssumeRolePolicyDocument=document(TRUST))
        assert made["Role"]["Arn"] == ROLE_ARN
        ram("AttachPolicyToRole", PolicyType="Custom", PolicyName=POLICY, RoleName=ROLE)
        assume = {"RoleArn": ROLE_ARN, "RoleSessionName": SESSION, "DurationSeconds": 3600}
        self._refused(self.destination, "sts", "AssumeRole", assume, "NoPermission")
        self._caller(self.destination, "ram")(
            "AttachPolicyToUser",
            PolicyType="System",
            PolicyName="AliyunSTSAssumeRoleAccess",
            UserName="migration-operator",
        )
        return assume

    def assumed_role(self, assume: dict[str, Any]) -> Login:
        """The role's session in the source account."""
        given = self._caller(self.destination, "sts")("AssumeRole", **assume)["Credentials"]
        session = Login(
            endpoint=self.source.endpoint,
            region=self.source.region,
            access_key_id=given["AccessKeyId"],
            access_key_secret=given["AccessKeySecret"],
            security_token=given["SecurityToken"],
        )
        caller = self._caller(session, "sts")("GetCallerIdentity")
        assert caller["Arn"] == f"acs:ram::{SOURCE}:assumed-role/{ROLE}/{SESSION}"
        assert caller["AccountId"] == SOURCE
        return session

    def imported_source(self, session: Login) -> str:
        """Import the instance; the id of its source server."""
        smc = self._caller(self.destination, "smc")
        token = smc("CreateAccessToken", Count="1", TimeToLiveInDays="1")
        ecs = self._caller(session, "ecs")
        invoked = ecs(
            "RunCommand",
            RegionId=session.region,
            Type="RunShellScript",
            CommandContent="acs-plugin-manager -e -P smc-client-plugin -p"
            f" '--access_token_id={token['AccessTokenId']},"
            f"--access_token_code={token['AccessTokenCode']}'",
            InstanceId=[INSTANCE],
            Timeout=1800,
        )

        def ended() -> Any:
            found = ecs(
                "DescribeInvocations", RegionId=session.region, InvokeId=invoked["InvokeId"]
            )
            status = found["Invocations"]["Invocation"][0]["InvocationStatus"]
            return status if status not in {"Pending", "Running"} else None

        def available() -> Any:
            servers = smc("DescribeSourceServers")["SourceServers"]["SourceServer"]
            return next((server for server in servers if server["State"] == "Available"), None)

        assert self._until(ended) == "Success"
        source_id = str(self._until(available)["SourceId"])
        smc("DeleteAccessToken", AccessTokenId=token["AccessTokenId"])
        return source_id

    def finished_job(self, source_id: str) -> None:
        """Migrate the source server into an image."""
        smc = self._caller(self.destination, "smc")
        made = smc(
            "CreateReplicationJob",
            RegionId=self.destination.region,
            SourceId=source_id,
            TargetType="Image",
            ImageName=IMAGE,
            SystemDiskSize=50,
            Tag=[{"Key": "walked-by", "Value": "a client's tëst, 100 % & more"}],
        )
        smc("StartReplicationJob", JobId=made["JobId"])

        def ended() -> Any:
            (job,) = smc("DescribeReplicationJobs", JobId=[made["JobId"]])["ReplicationJobs"][
                "ReplicationJob"
            ]
            return job if job["Status"] != "Running" else None

        job = self._until(ended)
        assert (job["Status"], job["SourceId"]) == ("Finished", source_id)
        images = self._caller(self.destination, "ecs")(
            "DescribeImages", RegionId=self.destination.region, ImageId=job["ImageId"]
        )["Images"]["Image"]
        assert [image["ImageName"] for image in images] == [IMAGE]
        self._refused(
            self.destination,
            "smc",
            "StartReplicationJob",
            {"JobId": made["JobId"]},
            "ReplicationJob.InvalidStatus",
        )
        (row,) = self.cloud.world.table(ReplicationJob)
        assert row.parameters["SystemDiskSize"] == 50
        assert row.tags == {"walked-by": "a client's tëst, 100 % & more"}

    def deleted_all(self, source_id: str) -> None:
        """Delete the job and its source server."""
        smc = self._caller(self.destination, "smc")

        def jobs() -> list[Any]:
            listed = smc("DescribeReplicationJobs")["ReplicationJobs"]["ReplicationJob"]
            return list(listed)

        (job,) = jobs()
        smc("DeleteReplicationJob", JobId=job["JobId"])
        self._until(lambda: not jobs())
        smc("DeleteSourceServer", SourceId=source_id)
        assert smc("DescribeSourceServers")["SourceServers"]["SourceServer"] == []
        for table in (ReplicationJob, SourceServer, AccessToken):
            assert list(self.cloud.world.table(table)) == []

    def withdrawn_access(self) -> None:
        """Delete role and policy."""
        ram = self._caller(self.source, "ram")
        ram("DetachPolicyFromRole", PolicyType="Custom", PolicyName=POLICY, RoleName=ROLE)
        ram("DeleteRole", RoleName=ROLE)
        ram("DeletePolicy", PolicyName=POLICY)
        assert ROLE not in {role.name for role in self.cloud.world.table(Role)}
        assert POLICY not in {policy.name for policy in self.cloud.world.table(Policy)}

    def only_what_was_meant_was_refused(self) -> None:
        """A client that had to try twice has hidden something from us."""
        calls = self.cloud.server.gateway.ledger.entries()
        assert [call["outcome"] for call in calls if call["outcome"] != "OK"] == [
            "NoPermission",
            "ReplicationJob.InvalidStatus",
        ]
        assert {call["service"] for call in calls} == {"ram", "sts", "ecs", "smc"}

    def _caller(self, login: Login, service: str) -> Callable[..., dict[str, Any]]:
        def call(action: str, **parameters: Any) -> dict[str, Any]:
            return self.client.call(login, service, action, parameters)

        return call

    def _refused(
        self, login: Login, service: str, action: str, parameters: dict[str, Any], code: str
    ) -> None:
        with pytest.raises(RefusedError) as raised:
            self.client.call(login, service, action, parameters)
        assert (raised.value.kind, raised.value.code) == (self.client.exception, code)
        assert REQUEST_ID.fullmatch(raised.value.request_id)

    def _until(self, condition: Callable[[], Any]) -> Any:
        for _ in range(LONGEST_WAIT_MINUTES):
            if value := condition():
                return value
            self.clock.sleep(60)
        raise AssertionError(f"waited {LONGEST_WAIT_MINUTES} minutes in vain")
