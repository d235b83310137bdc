"""One typed function for each API action used, over the official SDKs, with retries.

Every function takes the `Clients` of a side and raises `ApiError` when the service refuses.
"""
