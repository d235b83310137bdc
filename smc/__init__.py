"""Server migration between Alibaba Cloud accounts, without Pulumi.

settings describe what is wanted, handlers make it so, api and models are the four services as we
use them. Nothing here imports pulumi: the same handlers serve providers, commands and tests.
"""
