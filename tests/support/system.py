"""What one system says and another does not."""

from __future__ import annotations

import os

IS_A_FOLDER = "Permission denied" if os.name == "nt" else "Is a directory"
"""Why a folder cannot be read as a file."""
