"""Accounts, users, keys, roles, sessions and policies, and what they may do.

RAM changes them, STS issues sessions, and every request of every service is held against them.
"""
