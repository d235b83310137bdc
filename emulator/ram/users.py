"""RAM users and their access keys.

Source: RAM 2015-05-01 API reference.
"""

from emulator.identity.tables import AccessKey, Attachment, User, key_of, principal_of
from emulator.ram import resources
from emulator.ram.limits import must_have_room
from emulator.ram.pages import page
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_seconds


def make_user(world: World, account_id: str, name: str, **details: str) -> User:
    """Put a new user; `details` are further fields of the row."""
    return world.table(User).put(
        User(
            key=key_of(account_id, name),
            account_id=account_id,
            name=name,
            user_id=world.new_id("2", 17),
            created=world.now,
            **details,
        )
    )


def make_access_key(
    world: World, account_id: str, user_name: str, *, key_id: str = "", secret: str = ""
) -> AccessKey:
    """Put a new access key, random unless it is given."""
    return world.table(AccessKey).put(
        AccessKey(
            access_key_id=key_id or f"LTAI{world.new_secret()[:20]}",
            secret=secret or world.new_secret()[:30],
            account_id=account_id,
            user_name=user_name,
            created=world.now,
        )
    )


def _find(call: Call) -> User:
    name = call.get("UserName") or (call.caller.name if call.caller.kind == "user" else "")
    user = call.world.table(User).get(key_of(call.account_id, name))
    if user is None:
        raise ApiError("EntityNotExist.User", f"The user does not exist: {name}.", 404)
    return user


@action("ram", "CreateUser", resources=resources.every("user"))
def create_user(call: Call) -> Members:
    """A new user; its name must be free."""
    name = call.get("UserName")
    users = call.world.table(User)
    if users.get(key_of(call.account_id, name)):
        raise ApiError("EntityAlreadyExists.User", f"The user does already exist: {name}.", 409)
    must_have_room(call, "User", len(users.find(account_id=call.account_id)))
    user = make_user(
        call.world,
        call.account_id,
        name,
        display_name=call.get("DisplayName", ""),
        mobile_phone=call.get("MobilePhone", ""),
        email=call.get("Email", ""),
        comments=call.get("Comments", ""),
    )
    return {"User": _members(user)}


@action("ram", "GetUser", resources=resources.user)
def get_user(call: Call) -> Members:
    """One user.

    Not modelled: LastLoginDate, for nobody logs on to a console here.
    """
    user = _find(call)
    return {"User": _members(user) | {"UpdateDate": iso_seconds(user.created)}}


@action("ram", "ListUsers", resources=resources.every("user"))
def list_users(call: Call) -> Members:
    """The users of the account, by pages."""
    found = call.world.table(User).find(account_id=call.account_id)
    shown, more = page(
        call, found, lambda user: _members(user) | {"UpdateDate": iso_seconds(user.created)}
    )
    return {"Users": {"User": shown}, **more}


@action("ram", "DeleteUser", resources=resources.user)
def delete_user(call: Call) -> Members:
    """Delete a user without policies and keys."""
    user = _find(call)
    principal = principal_of(call.account_id, "user", user.name)
    if call.world.table(Attachment).find(principal=principal):
        raise ApiError("DeleteConflict.User.Policy", "The user still has policies.", 409)
    if _keys(call, user):
        raise ApiError("DeleteConflict.User.AccessKey", "The user still has access keys.", 409)
    call.world.table(User).delete(user.key)
    return {}


@action("ram", "CreateAccessKey", resources=resources.user)
def create_access_key(call: Call) -> Members:
    """A new key of a user, two at most; the only time that its secret can be seen."""
    user = _find(call)
    must_have_room(call, "User.AccessKey", len(_keys(call, user)))
    key = make_access_key(call.world, call.account_id, user.name)
    return {"AccessKey": _key_members(key) | {"AccessKeySecret": key.secret}}


@action("ram", "ListAccessKeys", resources=resources.user)
def list_access_keys(call: Call) -> Members:
    """The keys of a user, without their secrets."""
    return {"AccessKeys": {"AccessKey": [_key_members(k) for k in _keys(call, _find(call))]}}


@action("ram", "DeleteAccessKey", resources=resources.user)
def delete_access_key(call: Call) -> Members:
    """Delete a key; what it signs from then on is refused."""
    key_id = call.get("UserAccessKeyId", "")
    if key_id not in {key.access_key_id for key in _keys(call, _find(call))}:
        raise ApiError("EntityNotExist.User.AccessKey", f"The key does not exist: {key_id}.", 404)
    call.world.table(AccessKey).delete(key_id)
    return {}


def _keys(call: Call, user: User) -> list[AccessKey]:
    return call.world.table(AccessKey).find(account_id=call.account_id, user_name=user.name)


def _members(user: User) -> Members:
    return {
        "Comments": user.comments,
        "CreateDate": iso_seconds(user.created),
        "DisplayName": user.display_name or user.name,
        "Email": user.email,
        "MobilePhone": user.mobile_phone,
        "UserId": user.user_id,
        "UserName": user.name,
    }


def _key_members(key: AccessKey) -> Members:
    return {
        "AccessKeyId": key.access_key_id,
        "CreateDate": iso_seconds(key.created),
        "Status": "Active",
    }
