"""A file that grows, read on as `tail -f` reads."""

from __future__ import annotations

from collections.abc import Iterator

from tui.engine.files.here import Here
from tui.engine.files.offline import Batch, OfflineRun
from tui.engine.files.reading import Files


class Following(OfflineRun):
    """Gives what is there, and then whatever comes, until nobody asks any more."""

    def batches(self) -> Iterator[Batch]:
        """See OfflineRun. Here and not apart: a file grows more slowly than one core reads."""
        return self._batches(Here(Files(self.paths, self.window, self.batch, follow=True), self.counting))
