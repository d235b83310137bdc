"""`python comment.py FILE`: put a review on the merge request, in place of the one before."""

import os
import sys
from pathlib import Path

import requests

SECONDS = 30


def main(file: Path) -> None:
    """Find the note that begins with the file's first line, and replace it, or make one."""
    body = file.read_text(encoding="utf-8")
    marker = body.splitlines()[0]
    project, number = os.environ["CI_PROJECT_ID"], os.environ["CI_MERGE_REQUEST_IID"]
    notes = f"{os.environ['CI_API_V4_URL']}/projects/{project}/merge_requests/{number}/notes"
    session = requests.Session()
    session.headers["PRIVATE-TOKEN"] = os.environ["REVIEW_TOKEN"]
    earlier = None
    page: str | None = "1"
    while page and earlier is None:
        listed = session.get(notes, params={"page": page, "per_page": 100}, timeout=SECONDS)
        listed.raise_for_status()
        earlier = next((n["id"] for n in listed.json() if n["body"].startswith(marker)), None)
        page = listed.headers.get("X-Next-Page")
    if earlier is None:
        done = session.post(notes, json={"body": body}, timeout=SECONDS)
    else:
        done = session.put(f"{notes}/{earlier}", json={"body": body}, timeout=SECONDS)
    done.raise_for_status()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
