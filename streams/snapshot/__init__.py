"""The log, the accounts and the media of a whole system in files, and back."""

from streams.snapshot.manifest import Manifest, SnapshotRefused
from streams.snapshot.restoring import restore
from streams.snapshot.taking import take

__all__ = ["Manifest", "SnapshotRefused", "restore", "take"]
