"""Names of fields and parameters that hold secrets."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"token|csrf|xsrf|forgery|viewstate|eventvalidation|passw|passphrase|secret|nonce|session|jwt"
    r"|bearer|credential|signature|auth(?!or(?!i[sz]))|api-?key"
    r"|(?<![a-z])(?:sid|sig|pwd|pass|pin|otp|key|ticket|saml\w*)(?![a-z])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_secret_name(name: str) -> bool:
    """Return whether something of this name is a secret."""
    return bool(_SECRET.search(_CAMEL.sub("-", name)))
