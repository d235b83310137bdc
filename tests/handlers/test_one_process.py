"""What the calls of one provider process share, so that many servers take few calls."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from emulator.ecs.tables import Instance
from emulator.smc.tables import ReplicationJob
from smc.api.replication_jobs import start_replication_job
from smc.handlers import cleanup_guard, replication_job, wave_run
from smc.handlers.context import Context
from smc.handlers.listings import stack_jobs
from smc.handlers.transition import TRANSITION_INSTANCE_NAME
from smc.ownership import stack_tags
from tests.support.migration import STACK, Migrator

SYNCING_SECONDS = 400
JOBS_LISTED = "smc:DescribeReplicationJobs"


def one_process(migrator: Migrator) -> Context:
    """A context that keeps what is shared."""
    kept: dict[Hashable, Any] = {}

    class OneProcess(Context):
        def shared(self, key: Hashable, make: Callable[[], Any]) -> Any:
            return kept.setdefault(key, make())

    return OneProcess(migrator.clock, migrator.lines.append, migrator.lines.append)


def calls(migrator: Migrator, made: Callable[[], object]) -> dict[str, int]:
    """The calls that something makes."""
    before = dict(migrator.cloud.counts)
    made()
    counts = migrator.cloud.counts
    return {a: n - before.get(a, 0) for a, n in counts.items() if n > before.get(a, 0)}


def test_the_guard_looks_at_what_the_jobs_have_listed(migrator: Migrator) -> None:
    job = migrator.prepared("web-1")["web-1"]
    context, inputs = one_process(migrator), migrator.guard_inputs()
    stack_jobs(context, migrator.clients, STACK).all()
    made = calls(migrator, lambda: cleanup_guard.read(inputs, context))
    assert made == {"ecs:DescribeInstances": 1}

    # An instance that is newer than the listing is not taken for one without a job.
    table = migrator.cloud.world.table(ReplicationJob)
    instances = migrator.cloud.world.table(Instance)
    row, like = table.get(job.job_id), instances.get("i-target0files")
    assert row is not None
    assert like is not None
    table.put(replace(row, transition_instance_id="i-new"))
    new = replace(like, instance_id="i-new", name=TRANSITION_INSTANCE_NAME)
    instances.put(replace(new, tags=stack_tags(STACK)))
    looked: dict[str, Any] = {}
    made = calls(migrator, lambda: looked.update(cleanup_guard.read(inputs, context)))
    assert made == {"ecs:DescribeInstances": 1, JOBS_LISTED: 1}
    assert looked == {"leftovers": []}


def test_a_wave_claims_for_all_and_each_job_is_deleted_by_two_calls(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    for job in jobs.values():
        start_replication_job(migrator.clients, job.job_id)
    migrator.clock.sleep(SYNCING_SECONDS)
    context = one_process(migrator)
    stopped = calls(migrator, lambda: wave_run.stop(migrator.wave_inputs(jobs), context))
    assert stopped["smc:StopReplicationJob"] == 2
    assert stopped["ecs:TagResources"] == 1
    for job in jobs.values():
        inputs = migrator.job_inputs("web-1", job.source_id)
        outputs = {"job_id": job.job_id, "status": "Stopped", "image_id": "", "error": ""}
        made = calls(migrator, lambda: replication_job.delete(inputs, outputs, context))  # noqa: B023
        assert made == {JOBS_LISTED: 1, "smc:DeleteReplicationJob": 1}
    left = [i for i in migrator.cloud.world.table(Instance) if i.name == TRANSITION_INSTANCE_NAME]
    assert left
    assert all(stack_tags(STACK).items() <= instance.tags.items() for instance in left)
