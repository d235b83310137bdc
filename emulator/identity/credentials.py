"""From an access key id to its secret and its owner."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from emulator.identity.tables import AccessKey, Session, User, key_of
from emulator.service import Caller
from emulator.world import World


@dataclass(frozen=True, slots=True)
class Credential:
    """What is needed to check a signature. `expiration` is real time."""

    access_key_id: str
    secret: str = field(repr=False)
    caller: Caller
    token: str = field(default="", repr=False)
    expiration: datetime | None = None


def find_credential(world: World, access_key_id: str) -> Credential | None:
    """The credential with this id, of a user or of a session."""
    key = world.table(AccessKey).get(access_key_id)
    if key is not None:
        return Credential(key.access_key_id, key.secret, _user(world, key))
    session = world.table(Session).get(access_key_id)
    if session is None:
        return None
    caller = Caller(
        account_id=session.account_id,
        kind="role",
        name=session.role_name,
        arn=(
            f"acs:ram::{session.account_id}:assumed-role/{session.role_name}/{session.session_name}"
        ),
        principal_id=f"{session.role_id}:{session.session_name}",
        access_key_id=access_key_id,
        session_policy=session.policy,
    )
    return Credential(access_key_id, session.secret, caller, session.token, session.expiration)


def end_sessions(world: World, which: str) -> int:
    """Let STS sessions end now, by access key id or session name, `*` for all; how many there were.

    Sessions live in real time.
    """
    sessions = world.table(Session)
    ended = [s for s in sessions if which in {"*", s.access_key_id, s.session_name}]
    for session in ended:
        sessions.put(replace(session, expiration=datetime.now(UTC)))
    return len(ended)


def _user(world: World, key: AccessKey) -> Caller:
    user = world.table(User).get(key_of(key.account_id, key.user_name))
    if user is None:
        return Caller(
            account_id=key.account_id,
            kind="root",
            name="root",
            arn=f"acs:ram::{key.account_id}:root",
            principal_id=key.account_id,
            access_key_id=key.access_key_id,
        )
    return Caller(
        account_id=key.account_id,
        kind="user",
        name=user.name,
        arn=f"acs:ram::{key.account_id}:user/{user.name}",
        principal_id=user.user_id,
        access_key_id=key.access_key_id,
    )
