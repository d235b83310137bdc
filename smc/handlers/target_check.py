"""Whether an existing instance can take a server's place.

Source: the seed's step 3 ("migrate to an ECS instance") and the SMC user guide: same family of
system, at least as many data disks, each at least as large.
"""

from collections.abc import Callable

from smc.api.instances import describe_disks, describe_instances
from smc.clients import Clients
from smc.errors import RefusedError
from smc.models import Disk, SourceServer

WINDOWS = "windows"


def check_target_instance(
    clients: Clients,
    region: str,
    instance_id: str,
    server: str,
    source: SourceServer,
    note: Callable[[str], None],
) -> None:
    """Check an acknowledged target instance before its job is created.

    Raises:
        RefusedError: it is missing or does not fit; every reason at once.
    """
    found = describe_instances(clients, region, [instance_id])
    if not found:
        raise RefusedError(
            f"{server}: target instance {instance_id} does not exist in {region} of account"
            f" {clients.connection.account}. Fix: correct servers.{server}.target."
        )
    disks = sorted(describe_disks(clients, region, instance_id), key=lambda d: d.type != "system")
    target_windows = found[0].os_type == WINDOWS
    reasons = _reasons(source, disks, target_windows)
    if reasons:
        raise RefusedError(
            f"{server}: target instance {found[0]} does not fit: {'; '.join(reasons)}."
            f" Fix: choose another servers.{server}.target.instance."
        )
    note(
        f"{server}: the system of {found[0]} will be replaced and the automatic snapshots of its"
        " system disk will be cleared"
    )


def _reasons(source: SourceServer, disks: list[Disk], target_windows: bool) -> list[str]:
    reasons = []
    if source.platform and (WINDOWS in source.platform.lower()) != target_windows:
        system = "Windows" if target_windows else "Linux"
        reasons.append(f"the server runs {source.platform}, the instance {system}")
    if len(disks) < len(source.disk_sizes_gib):
        reasons.append(
            f"the server has {len(source.disk_sizes_gib)} disks, the instance {len(disks)}"
        )
    reasons += [
        f"disk {number} of the server has {needed} GiB, that of the instance {disk.size_gib} GiB"
        for number, (needed, disk) in enumerate(zip(source.disk_sizes_gib, disks, strict=False))
        if disk.size_gib < needed
    ]
    return reasons
