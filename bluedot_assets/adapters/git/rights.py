"""Whether a repository would take a push of ours, asked without changing anything there."""

from typing import Final

from bluedot_assets.adapters.git.branch import BRANCH, GitRemote, RemoteBranch

PROBE: Final = "bluedot-may-push"  # a branch that a dry run would make


def require_push_rights(remote: GitRemote) -> None:
    """What a push asks first is whether it may: a dry run ends there. Raises RepositoryRefused,
    RepositoryUnreachable."""
    nothing = b"commit %s\ncommitter bluedot_assets <bluedot_assets@noreply.invalid> 0 +0000\ndata 0\n\n"
    branch = RemoteBranch(remote, PROBE)
    try:
        branch.push(branch.commit([nothing % BRANCH.encode()]), dry_run=True, to=PROBE)
    finally:
        branch.close()
