"""Inputs for handlers against an emulated cloud, and access already granted there."""

from collections.abc import Mapping
from typing import Any

from alibabacloud_ram20150501 import models as ram

from smc.clients import Clients
from smc.connection import Connection
from smc.handlers import replication_job, source_import, wave_run
from smc.handlers.cleanup_guard import CleanupGuardInputs
from smc.handlers.context import Context, RoleAccess
from smc.handlers.source_import import SourceImportInputs
from smc.handlers.wave_run import WaveRunInputs
from smc.job_fields import ReplicationJobInputs
from smc.policies import account_principal, role_arn, source_policy, trust_policy
from smc.selection import Selector
from smc.waiters import Pace
from smc.wave_plan import WaveJob
from tests.support.cloud import DESTINATION, SOURCE, Cloud, VirtualTime

STACK = "organization/test/dev"
TARGET_REGION = "ap-northeast-1"
PACE = Pace(20.0, 60.0, 24 * 3600.0)
WEB_1 = {"web-1": {"id": "i-source0web1"}}


def grant_access(
    cloud: Cloud,
    trust: str = trust_policy(account_principal(DESTINATION)),
    policy: str = source_policy(),
) -> None:
    """What the components grant through pulumi-alicloud, or other documents."""
    source = cloud.clients("source").ram()
    source.create_role(
        ram.CreateRoleRequest(
            role_name="ram-role-smc",
            assume_role_policy_document=trust,
        )
    )
    source.create_policy(ram.CreatePolicyRequest(policy_name="policy-smc", policy_document=policy))
    source.attach_policy_to_role(
        ram.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="policy-smc", role_name="ram-role-smc"
        )
    )
    cloud.clients("destination").ram().attach_policy_to_user(
        ram.AttachPolicyToUserRequest(
            policy_type="System",
            policy_name="AliyunSTSAssumeRoleAccess",
            user_name="migration-operator",
        )
    )


class Migrator:
    """Calls the handlers as the providers do, in virtual time."""

    def __init__(self, cloud: Cloud, clock: VirtualTime, stack: str = STACK) -> None:
        self.cloud = cloud
        self.clock = clock
        self.stack = stack
        self.lines: list[str] = []
        self.context = Context(clock=clock, progress=self.lines.append, note=self.lines.append)
        self.connection: Connection = cloud.connection("destination")
        self.clients = Clients(self.connection, clock)

    def role(self, **changes: Any) -> RoleAccess:
        values: dict[str, Any] = {
            "arn": role_arn(SOURCE, "ram-role-smc"),
            "region": "cn-hangzhou",
            "session_seconds": 3600,
        } | changes
        return RoleAccess(**values)

    def import_inputs(self, servers: Mapping[str, Selector]) -> SourceImportInputs:
        return SourceImportInputs(
            stack=self.stack,
            destination=self.connection,
            role=self.role(),
            servers=dict(servers),
            pace=PACE,
        )

    def imported(self, servers: Mapping[str, Selector]) -> dict[str, Any]:
        return source_import.create(self.import_inputs(servers), self.context)

    def job_inputs(self, server: str, source_id: str, **changes: Any) -> ReplicationJobInputs:
        values: dict[str, Any] = {
            "stack": self.stack,
            "server": server,
            "destination": self.connection,
            "source_id": source_id,
            "region": TARGET_REGION,
            "image_name": f"{server}-image",
            "pace": PACE,
        } | changes
        return ReplicationJobInputs(**values)

    def job(self, server: str, source_id: str, **changes: Any) -> dict[str, Any]:
        return replication_job.create(self.job_inputs(server, source_id, **changes), self.context)

    def wave_inputs(self, jobs: dict[str, WaveJob], **changes: Any) -> WaveRunInputs:
        values: dict[str, Any] = {
            "wave": "all",
            "stack": self.stack,
            "destination": self.connection,
            "jobs": jobs,
            "import_failures": {},
            "running_quota": 50,
            "pace": PACE,
        } | changes
        return WaveRunInputs(**values)

    def driven(self, inputs: WaveRunInputs, previous: dict[str, Any] | None = None) -> Any:
        return wave_run.drive(inputs, previous or {}, self.context)

    def guard_inputs(self, **targets: str) -> CleanupGuardInputs:
        return CleanupGuardInputs(
            stack=self.stack,
            destination=self.connection,
            regions=[TARGET_REGION],
            target_instances=targets,
            pace=PACE,
        )

    def prepared(self, *servers: str) -> dict[str, WaveJob]:
        """Import demo servers by name and create their jobs."""
        outputs = self.imported({name: {"name": name} for name in servers})
        assert outputs["failures"] == {}
        jobs = {}
        for name in servers:
            source_id = outputs["sources"][name]["source_id"]
            job_id = self.job(name, source_id)["job_id"]
            jobs[name] = WaveJob(job_id=job_id, source_id=source_id, run=1, start=True)
        return jobs
