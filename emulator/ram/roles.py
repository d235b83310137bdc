"""Roles.

Source: RAM 2015-05-01 API reference.
"""

import json
from dataclasses import replace
from datetime import timedelta

from emulator.identity.grammar import trust_statements
from emulator.identity.tables import Account, Attachment, Role, key_of, principal_of
from emulator.ram import resources
from emulator.ram.limits import must_have_room
from emulator.ram.pages import page
from emulator.ram.tags import delete_tags, has_given_tags, put_given_tags, tag_members
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_seconds

DEFAULT_SESSION_SECONDS = 3600
ROLE_DELAY = "ram.role_visible_after_seconds"
"""World setting: virtual seconds until AssumeRole knows a new role."""


SERVICE_ROLE = "AliyunServiceRoleForSMC"
"""SMC's service-linked role, made when somebody authorizes SMC in its console."""


def find_role(call: Call) -> Role:
    """The role named by the call.

    Raises:
        ApiError: `EntityNotExist.Role`.
    """
    role = call.world.table(Role).get(key_of(call.account_id, call.get("RoleName", "")))
    if role is None:
        raise ApiError(
            "EntityNotExist.Role", f"The role does not exist: {call.get('RoleName')}.", 404
        )
    return role


def _service_role(call: Call) -> Role | None:
    """SMC's service-linked role, if the account has it and the call names it."""
    account = call.world.table(Account).get(call.account_id)
    if call.get("RoleName") != SERVICE_ROLE or account is None or not account.service_role_for_smc:
        return None
    trust = {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": ["smc.aliyuncs.com"]},
    }
    return make_role(
        call.world,
        call.account_id,
        SERVICE_ROLE,
        json.dumps({"Version": "1", "Statement": [trust]}),
    )


def make_role(world: World, account_id: str, name: str, trust_document: str) -> Role:
    """A new role with default values, visible after the world's delay."""
    delay = timedelta(seconds=float(world.setting(ROLE_DELAY, 0)))
    return Role(
        key=key_of(account_id, name),
        account_id=account_id,
        name=name,
        role_id=world.new_id("3", 17),
        trust_document=trust_document,
        description="",
        max_session_seconds=DEFAULT_SESSION_SECONDS,
        created=world.now,
        updated=world.now,
        visible_from=world.now + delay,
    )


@action("ram", "CreateRole", resources=resources.every("role"))
def create_role(call: Call) -> Members:
    """A new role; its name must be free."""
    name = call.get("RoleName")
    roles = call.world.table(Role)
    if roles.get(key_of(call.account_id, name)):
        raise ApiError("EntityAlreadyExists.Role", f"The role does already exist: {name}.", 409)
    must_have_room(call, "Role", len(roles.find(account_id=call.account_id)))
    document = call.get("AssumeRolePolicyDocument")
    trust_statements(document)
    role = replace(
        make_role(call.world, call.account_id, name, document),
        description=call.get("Description", ""),
        max_session_seconds=int(call.get("MaxSessionDuration", DEFAULT_SESSION_SECONDS)),
    )
    roles.put(role)
    put_given_tags(call, "role", name)
    return {"Role": _members(role)}


@action("ram", "GetRole", resources=resources.role)
def get_role(call: Call) -> Members:
    """One role.

    Not modelled: console logon; service-linked roles but SMC's, which no other action knows.
    """
    role = _service_role(call) or find_role(call)
    return {"Role": _members(role) | {"UpdateDate": iso_seconds(role.updated)}}


@action("ram", "ListRoles", resources=resources.every("role"))
def list_roles(call: Call) -> Members:
    """The roles of the account by pages, those with all the tags named; without trust documents."""
    found = [
        role
        for role in call.world.table(Role).find(account_id=call.account_id)
        if has_given_tags(call, "role", role.name)
    ]
    shown, more = page(call, found, lambda role: _listed(call, role))
    return {"Roles": {"Role": shown}, **more}


@action("ram", "UpdateRole", resources=resources.role)
def update_role(call: Call) -> Members:
    """Change trust, description or session length."""
    role = find_role(call)
    document = call.get("NewAssumeRolePolicyDocument", role.trust_document)
    trust_statements(document)
    changed = replace(
        role,
        trust_document=document,
        description=call.get("NewDescription", role.description),
        max_session_seconds=int(call.get("NewMaxSessionDuration", role.max_session_seconds)),
        updated=call.world.now,
    )
    call.world.table(Role).put(changed)
    return {"Role": _members(changed) | {"UpdateDate": iso_seconds(changed.updated)}}


@action("ram", "DeleteRole", resources=resources.role)
def delete_role(call: Call) -> Members:
    """Delete a role without policies."""
    role = find_role(call)
    attached = principal_of(call.account_id, "role", role.name)
    if call.world.table(Attachment).find(principal=attached):
        raise ApiError(
            "DeleteConflict.Role.Policy",
            "The role can not delete, before delete, detach all policies.",
            409,
        )
    delete_tags(call.world, call.account_id, "role", role.name)
    call.world.table(Role).delete(role.key)
    return {}


def _members(role: Role) -> Members:
    return {
        "Arn": role.arn,
        "AssumeRolePolicyDocument": role.trust_document,
        "CreateDate": iso_seconds(role.created),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_seconds,
        "RoleId": role.role_id,
        "RoleName": role.name,
    }


def _listed(call: Call, role: Role) -> Members:
    shown = _members(role) | {"UpdateDate": iso_seconds(role.updated)}
    del shown["AssumeRolePolicyDocument"]
    return shown | {"Tags": {"Tag": tag_members(call, "role", role.name)}}
