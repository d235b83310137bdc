"""`python -m cli review`: a preview as one Markdown comment for a pull request.

It reads files alone and calls nothing, so it needs no credentials:

    preview.py      what `pulumi preview --json` wrote
    verdicts.py     what happens to each server, in words, and what of it is destructive or billed
    fleet.py        the servers of a preview, by wave
    permissions.py  what policies and trusts gain and lose, action by action
    fields.py       every changed field, without secrets
    markdown.py     text that others wrote, made harmless
    comment.py      the comment, within the length that a forge takes
    outcome.py      the exit codes
"""
