"""SMC called through its official SDK, in virtual time, with short words for what is done often."""

from datetime import timedelta
from typing import Any

from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_smc20190601 import models as smc
from alibabacloud_smc20190601.client import Client
from alibabacloud_tea_openapi.models import Config

from emulator.ecs.tables import Instance
from emulator.smc.client import register
from emulator.smc.tables import AccessToken, ReplicationJob, SourceServer
from emulator.world import Setting, iso_seconds
from tests.support.cloud import Cloud

REGION = "ap-northeast-1"
HOUR = 3600.0
DAY = 24 * HOUR
LONGER_THAN_A_RUN = 10_000.0
WHILE_SYNCING = 300.0


class Smc:
    """The destination account of a cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.world = cloud.world
        account = cloud.described["accounts"]["destination"]
        self.sdk = Client(
            Config(
                access_key_id=account["access_key_id"],
                access_key_secret=account["access_key_secret"],
                endpoint=cloud.described["endpoint"].removeprefix("http://"),
                protocol="http",
                region_id=REGION,
            )
        )

    def source(self, instance_id: str = "i-source0web1") -> str:
        """Id of a source server, registered as the client does it, without its wait."""
        body = self.sdk.create_access_token(smc.CreateAccessTokenRequest()).body
        token = self.world.table(AccessToken).get(body.access_token_id)
        instance = self.world.table(Instance).get(instance_id)
        assert token
        assert instance
        with self.world.transaction():
            return register(self.world, instance, token).source_id

    def create(self, source_id: str, **options: Any) -> str:
        """Id of a new job."""
        request = smc.CreateReplicationJobRequest(
            region_id=options.pop("region_id", REGION), source_id=source_id, **options
        )
        return str(self.sdk.create_replication_job(request).body.job_id)

    def incremental(self, source_id: str, **options: Any) -> str:
        """Id of a new incremental job, by default one that runs every 12 hours."""
        chosen = {"run_once": False, "frequency": 12, "max_number_of_image_to_keep": 2} | options
        return self.create(source_id, **chosen)

    def start(self, job_id: str) -> None:
        """Start a job."""
        self.sdk.start_replication_job(smc.StartReplicationJobRequest(job_id=job_id))

    def stop(self, job_id: str) -> None:
        """Stop a job."""
        self.sdk.stop_replication_job(smc.StopReplicationJobRequest(job_id=job_id))

    def delete(self, job_id: str) -> None:
        """Delete a job."""
        self.sdk.delete_replication_job(smc.DeleteReplicationJobRequest(job_id=job_id))

    def delete_source(self, source_id: str) -> None:
        """Delete a source server, with its jobs."""
        request = smc.DeleteSourceServerRequest(source_id=source_id, force=True)
        self.sdk.delete_source_server(request)

    def cut_over(self, job_id: str, *, sync_data: bool = False) -> None:
        """Cut an incremental job over."""
        self.sdk.cut_over_replication_job(
            smc.CutOverReplicationJobRequest(job_id=job_id, sync_data=sync_data)
        )

    def modify(self, job_id: str, **changes: Any) -> None:
        """Change a job."""
        request = smc.ModifyReplicationJobAttributeRequest(job_id=job_id, **changes)
        self.sdk.modify_replication_job_attribute(request)

    def jobs(self, **filters: Any) -> list[Any]:
        """Jobs as they are described."""
        request = smc.DescribeReplicationJobsRequest(**filters)
        body = self.sdk.describe_replication_jobs(request).body
        return list(body.replication_jobs.replication_job)

    def job(self, job_id: str) -> Any:
        """A job as it is described."""
        (found,) = self.jobs(job_id=[job_id])
        return found

    def runs(self, job_id: str) -> list[Any]:
        """The runs of a job as they are described."""
        return list(self.job(job_id).replication_job_runs.replication_job_run)

    def sources(self, **filters: Any) -> list[Any]:
        """Source servers as they are described."""
        request = smc.DescribeSourceServersRequest(**filters)
        return list(self.sdk.describe_source_servers(request).body.source_servers.source_server)

    def image_names(self) -> list[str]:
        """Names of the images that ECS lists."""
        request = ecs.DescribeImagesRequest(
            region_id=REGION, image_owner_alias="self", page_size=100
        )
        body = self.cloud.clients("destination").ecs(REGION).describe_images(request).body
        return sorted(image.image_name for image in body.images.image)

    def transition_instances(self) -> list[Instance]:
        """What is there of them."""
        return self.world.table(Instance).find(name="No_Delete_SMC_Transition_Instance")

    def row(self, job_id: str) -> ReplicationJob:
        """The emulator's own row of a job."""
        row = self.world.table(ReplicationJob).get(job_id)
        assert row
        return row

    def source_row(self, source_id: str) -> SourceServer:
        """The emulator's own row of a source server."""
        row = self.world.table(SourceServer).get(source_id)
        assert row
        return row

    def pass_time(self, seconds: float) -> None:
        """Let virtual time pass, and happen what is due."""
        self.world.clock.advance(seconds)
        self.world.settle()

    def setting(self, name: str, value: float) -> None:
        """Set what a world file sets under `settings`."""
        with self.world.transaction():
            self.world.table(Setting).put(Setting(name=name, value=float(value)))

    def later(self, seconds: float) -> str:
        """A UTC time, as the API writes it."""
        return iso_seconds(self.world.clock.now() + timedelta(seconds=seconds))
