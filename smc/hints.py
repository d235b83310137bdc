"""What an error code means for the user: the likely cause and the fix.

Source: SMC documentation, "Troubleshoot errors" and the error codes of each action.
"""

HINTS = {
    "EntityNotExist.Role": (
        "the service role AliyunServiceRoleForSMC is missing in the destination account",
        "open the SMC console once and authorize SMC",
    ),
    "Forbidden.Unauthorized": (
        "the destination user has no SMC permission",
        "attach AliyunSMCFullAccess to it",
    ),
    "ImageName.UsedByReplicationJob": (
        "another job of the region makes an image with this name",
        "choose another target.image",
    ),
    "InvalidAccountStatus.NotEnoughBalance": (
        "the balance is too small for pay-as-you-go resources",
        "top up the destination account",
    ),
    "QuotaExceeded.ReplicationJob": (
        "the account has as many jobs as its quota allows",
        "delete finished jobs, or have the quota raised",
    ),
    "QuotaExceeded.Vpc": (
        "SMC makes a VPC for each job and the region's quota of VPCs is used up",
        "name a vSwitch under network.vswitch",
    ),
    "RealNameAuthenticationError": (
        "the destination account is not verified",
        "complete real-name verification",
    ),
    "ReplicationJobName.Duplicate": (
        "a job with this name exists that is not of this stack",
        "rename the server in the settings, or delete that job",
    ),
    "SourceServer.Offline": (
        "the SMC client on the server stopped or lost its connection",
        "start the client on the server again and run `pulumi up`",
    ),
    "SourceServerState.Invalid": (
        "the source server is offline or already migrating in a job that is not of this stack",
        "start the SMC client on it, or finish the other job",
    ),
    "S1": ("rsync is missing on the server", "install rsync and run `pulumi up`"),
}
"""Error code -> (likely cause, fix)."""


def explain(code: str) -> str:
    """` Likely cause: … Fix: ….` for a known code, else nothing."""
    if code not in HINTS:
        return ""
    cause, fix = HINTS[code]
    return f" Likely cause: {cause}. Fix: {fix}."
