"""A world with something of everything that ECS has, and a client of it."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from Tea.exceptions import TeaException

from emulator.world_file import WorldFile
from tests.support.cloud import Cloud

REGION = "cn-hangzhou"
WORLD = """
accounts:
  source:
    id: "1000000000000001"
    login: admin
    users: {admin: {policies: [AdministratorAccess]}}
    vpcs:
      - id: vpc-main
        name: main
        region: cn-hangzhou
        cidr: 10.0.0.0/16
        vswitches:
          - {id: vsw-a, name: front, zone: a, cidr: 10.0.1.0/24}
          - {id: vsw-b, name: back, zone: b, cidr: 10.0.2.0/28}
        securityGroups:
          - id: sg-main
            name: web
            tags: {tier: front}
            rules:
              - {protocol: TCP, ports: 443/443}
              - {direction: egress, protocol: ALL, ports: -1/-1}
      - id: vpc-other
        name: other
        region: cn-hangzhou
        cidr: 172.16.0.0/16
        vswitches: [{id: vsw-other, name: other, cidr: 172.16.0.0/24}]
        securityGroups: [{id: sg-other, name: other}]
    images:
      - {id: m-mine, name: mine, region: cn-hangzhou, os: CentOS 7.9, diskSizesGib: [40, 100]}
      - {id: m-creating, name: late, region: cn-hangzhou, status: Creating, diskSizesGib: [40]}
      - {id: m-of-snapshot, name: old, region: cn-hangzhou, diskSizesGib: [40], snapshots: [s-old]}
    launchTemplates:
      - id: lt-small
        name: small
        region: cn-hangzhou
        defaultVersion: 2
        versions:
          - {ImageId: m-public, InstanceType: ecs.c7.large}
          - ImageId: m-mine
            InstanceType: ecs.g7.large
            VSwitchId: vsw-a
            SecurityGroupId: sg-main
            SystemDisk: {Size: 60, Category: cloud_essd}
            DataDisk: [{Size: 20, Category: cloud_essd}]
            Tag: [{Key: from, Value: template}]
    disks:
      - {id: d-spare, name: spare, region: cn-hangzhou, sizeGib: 30, usedGib: 5}
      - {id: d-far, name: far, region: cn-hangzhou, zone: b, sizeGib: 30}
    instances:
      - id: i-web
        name: web
        region: cn-hangzhou
        type: ecs.g7.large
        privateIp: 10.0.1.10
        publicIp: 203.0.113.5
        vswitch: vsw-a
        securityGroups: [sg-main]
        tags: {tier: front, team: a}
        disks:
          - {id: d-system, sizeGib: 40, usedGib: 12, snapshots: [{id: s-old, name: older}]}
          - {id: d-data, name: store, sizeGib: 100, usedGib: 20, deleteWithInstance: false}
        answers:
          - matches: "^uname"
            output: "5.15.0\\n"
          - {matches: disk-check, by: name, output: "full\\n", exitCode: 3, seconds: 20}
          - {matches: "endless", seconds: 100000}
          - {matches: "chatty", output: "%CHATTY%"}
          - {matches: "^echo i-web 7$", output: "replaced\\n"}
      - id: i-stopped
        name: stopped
        region: cn-hangzhou
        status: Stopped
        privateIp: 10.0.1.11
        disks: [{id: d-stopped, sizeGib: 40, usedGib: 3}]
        tags: {tier: back}
      - id: i-protected
        name: protected
        region: cn-hangzhou
        zone: b
        status: Stopped
        privateIp: 10.0.2.5
        deletionProtection: true
        disks: [{sizeGib: 40}]
      - id: i-windows
        name: windows
        region: cn-hangzhou
        os: Windows Server 2019
        osType: windows
        privateIp: 10.0.1.12
        disks: [{sizeGib: 40}]
      - id: i-deaf
        name: deaf
        region: cn-hangzhou
        privateIp: 10.0.1.13
        cloudAssistantError: ClientNotResponse
        disks: [{sizeGib: 40}]
  destination:
    id: "2000000000000002"
    login: other
    users: {other: {policies: [AliyunECSFullAccess]}}
publicImages:
  - {id: m-public, name: ubuntu_22_04, region: cn-hangzhou, diskSizesGib: [20]}
prices:
  currency: CNY
  instance: {ecs.g7.large: 0.5}
  disk: {cloud_essd: 0.001}
  publicIp: 0.02
""".replace("%CHATTY%", "ä" * 13_000)
"""24,576 bytes of output are kept; the chatty answer has 26,000."""


def ecs_world() -> WorldFile:
    """The world, checked."""
    return WorldFile.model_validate(yaml.safe_load(WORLD))


def client(cloud: Cloud, side: str = "source") -> Any:
    """The official SDK's client of an account in the region of the world."""
    return cloud.clients(side).ecs(REGION)


def refusal(call: Callable[[Any], Any], request: Any) -> str:
    """The error code with which a call is refused."""
    with pytest.raises(TeaException) as raised:
        call(request)
    return str(raised.value.code)
