"""Write .env with a new random secret for everything that docker-compose.yaml asks for.

python3 deploy/new_secrets.py [FILE]. Needs nothing but Python, and never touches a file that is there.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
# A variable that compose refuses to do without: ${NAME:?...}
REQUIRED = re.compile(r"\$\{(\w+):\?")


def required_variables(compose: str) -> list[str]:
    """The variables without which compose does not start, in the order of the file."""
    return list(dict.fromkeys(REQUIRED.findall(compose)))


def new_secret(name: str) -> str:
    """256 random bits in letters, digits, - and _, which need no quoting in a URL."""
    key = secrets.token_bytes(32)
    # A Fernet key keeps the padding, which the others do without.
    return base64.urlsafe_b64encode(key).decode().rstrip("" if "FERNET" in name else "=")


def main(file: Path) -> int:
    names = required_variables((CHECKOUT / "docker-compose.yaml").read_text(encoding="utf-8"))
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{file} is there already, and what runs may depend on it: move it away first.", file=sys.stderr)
        return 1
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.writelines(f"{name}={new_secret(name)}\n" for name in names)
    print(
        f"{len(names)} secrets in {file}, which only its owner may read. RELANCE_ADMIN_PASSWORD is the first login's."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / ".env"))
