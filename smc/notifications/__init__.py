"""Events of a migration for other programs, as signed webhooks.

    events.py       what is told, and the id by which a repeated event is known
    signature.py    the secret, and what a receiver checks; by the Standard Webhooks convention
    courier.py      delivery in the background: repeated, bounded, never in the way of a migration

Source: standardwebhooks.com, specification 1.0.
"""
