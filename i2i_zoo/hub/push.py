"""A folder of files into a repository on the Hub, as one commit. Weights leave as safetensors or not at all."""

from __future__ import annotations

from pathlib import Path

from .. import __version__
from ..errors import UserError, one_line
from .address import Address

ENDINGS = {".safetensors", ".md", ".json", ".png"}  # Nothing in these is ever run.


def push(folder: Path, to: Address, message: str, private: bool = False) -> str:
    """Upload every file of `folder`, and make the repository and the branch if need be; returns the commit's address.

    Files of the same name are replaced, and stay in the history. Raises `UserError`.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if strange := [path.name for path in files if path.suffix not in ENDINGS]:
        raise UserError(f"{strange[0]}: is not pushed, only {', '.join(sorted(ENDINGS))} are; leave it out")
    from huggingface_hub import CommitOperationAdd, HfApi, get_token

    if not get_token():
        raise UserError(f"{to}: the Hub must know who you are; run hf auth login, or set HF_TOKEN, and try again")
    api = HfApi(library_name="i2i_zoo", library_version=__version__)
    try:
        api.create_repo(to.repo, private=private, exist_ok=True)
        if to.revision:
            api.create_branch(to.repo, branch=to.revision, exist_ok=True)
        operations = [CommitOperationAdd(path.relative_to(folder).as_posix(), path) for path in files]
        done = api.create_commit(to.repo, operations, commit_message=message, revision=to.revision)
    except Exception as error:  # The library, the transfer and the system each raise their own kinds.
        reason = one_line(error.__cause__ or error, 300)
        raise UserError(
            f"{to}: cannot be pushed ({reason}); check the name, and that the token may write there"
        ) from error
    return str(done.commit_url)
