"""Regions, zones and instance types.

Source: ECS 2014-05-26 API reference; the instance families' pages. Both lists are a part of the
real ones.
"""

from dataclasses import dataclass

from emulator.ecs.listing import page
from emulator.service import ApiError, Call, Members, action

REGIONS = {
    "ap-northeast-1": "Japan (Tokyo)",
    "ap-southeast-1": "Singapore",
    "cn-beijing": "China (Beijing)",
    "cn-hangzhou": "China (Hangzhou)",
    "cn-shanghai": "China (Shanghai)",
    "cn-shenzhen": "China (Shenzhen)",
    "eu-central-1": "Germany (Frankfurt)",
    "us-east-1": "US (Virginia)",
    "us-west-1": "US (Silicon Valley)",
}
ZONES = "ab"
DISK_CATEGORIES = ["cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_auto"]
LARGEST_PAGE_OF_TYPES = 1600


@dataclass(frozen=True, slots=True)
class InstanceType:
    """An instance type: vCPUs and memory in GiB."""

    name: str
    cpus: int
    memory_gib: float
    category: str

    @property
    def family(self) -> str:
        """Such as ecs.g7."""
        return self.name.rsplit(".", 1)[0]


INSTANCE_TYPES = {
    found.name: found
    for found in (
        InstanceType("ecs.t6-c1m1.large", 2, 2, "Shared"),
        InstanceType("ecs.t6-c1m2.large", 2, 4, "Shared"),
        InstanceType("ecs.t6-c1m4.large", 2, 8, "Shared"),
        InstanceType("ecs.c6.large", 2, 4, "Compute-optimized"),
        InstanceType("ecs.g6.large", 2, 8, "General-purpose"),
        InstanceType("ecs.g6.xlarge", 4, 16, "General-purpose"),
        InstanceType("ecs.r6.large", 2, 16, "Memory-optimized"),
        InstanceType("ecs.c7.large", 2, 4, "Compute-optimized"),
        InstanceType("ecs.c7.xlarge", 4, 8, "Compute-optimized"),
        InstanceType("ecs.g7.large", 2, 8, "General-purpose"),
        InstanceType("ecs.g7.xlarge", 4, 16, "General-purpose"),
        InstanceType("ecs.g7.2xlarge", 8, 32, "General-purpose"),
        InstanceType("ecs.r7.large", 2, 16, "Memory-optimized"),
        InstanceType("ecs.r7.xlarge", 4, 32, "Memory-optimized"),
    )
}


def check_region(call: Call) -> str:
    """The region of a call.

    Raises:
        ApiError: `InvalidRegionId.NotFound`.
    """
    region = str(call.get("RegionId"))
    if region not in REGIONS:
        raise ApiError("InvalidRegionId.NotFound", "The specified RegionId does not exist.", 404)
    return region


@action("ecs", "DescribeRegions")
def describe_regions(call: Call) -> Members:
    """The regions."""
    listed = [
        {
            "LocalName": name,
            "RegionEndpoint": f"ecs.{region}.aliyuncs.com",
            "RegionId": region,
            "Status": "available",
        }
        for region, name in REGIONS.items()
    ]
    return {"Regions": {"Region": listed}}


@action("ecs", "DescribeZones")
def describe_zones(call: Call) -> Members:
    """Two zones in every region, each with all that is modelled."""
    region = check_region(call)
    families = sorted({known.family for known in INSTANCE_TYPES.values()})
    resources = {
        "DataDiskCategories": {"supportedDataDiskCategory": DISK_CATEGORIES},
        "InstanceTypeFamilies": {"supportedInstanceTypeFamily": families},
        "InstanceTypes": {"supportedInstanceType": list(INSTANCE_TYPES)},
        "IoOptimized": True,
        "NetworkTypes": {"supportedNetworkCategory": ["vpc"]},
        "SystemDiskCategories": {"supportedSystemDiskCategory": DISK_CATEGORIES},
    }
    detailed = {
        "AvailableDiskCategories": {"DiskCategories": DISK_CATEGORIES},
        "AvailableInstanceTypes": {"InstanceTypes": list(INSTANCE_TYPES)},
        "AvailableResourceCreation": {"ResourceTypes": ["VSwitch", "Instance", "Disk"]},
        "AvailableResources": {"ResourcesInfo": [resources]},
    }
    shown = detailed if call.get("Verbose", True) else {}
    zones = [
        {
            "LocalName": f"Zone {zone.upper()}",
            "ZoneId": f"{region}-{zone}",
            "ZoneType": "AvailabilityZone",
            **shown,
        }
        for zone in ZONES
    ]
    return {"Zones": {"Zone": zones}}


@action("ecs", "DescribeInstanceTypes")
def describe_instance_types(call: Call) -> Members:
    """Instance types, filtered by name, family, category, vCPUs and memory.

    Not modelled: all other properties of types, and filters by them.
    """
    names = set(call.get("InstanceTypes") or [])
    families = {*(call.get("InstanceTypeFamilies") or []), call.get("InstanceTypeFamily")} - {None}
    categories = {*(call.get("InstanceCategories") or []), call.get("InstanceCategory")} - {None}
    found = [
        known
        for known in INSTANCE_TYPES.values()
        if (not names or known.name in names)
        and (not families or known.family in families)
        and (not categories or known.category in categories)
        and call.get("MinimumCpuCoreCount", 0) <= known.cpus
        and known.cpus <= call.get("MaximumCpuCoreCount", known.cpus)
        and call.get("MinimumMemorySize", 0) <= known.memory_gib
        and known.memory_gib <= call.get("MaximumMemorySize", known.memory_gib)
    ]
    shown, described = page(call, found, LARGEST_PAGE_OF_TYPES, _type, default=1600, by_token=True)
    return {
        "InstanceTypes": {"InstanceType": shown},
        "NextToken": described["NextToken"],
    }


def _type(known: InstanceType) -> Members:
    return {
        "CpuArchitecture": "X86",
        "CpuCoreCount": known.cpus,
        "InstanceCategory": known.category,
        "InstanceTypeFamily": known.family,
        "InstanceTypeId": known.name,
        "MemorySize": known.memory_gib,
    }
