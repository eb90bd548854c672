"""Who merges what was appended: a supervised process beside the app, or the app itself where tests drive it."""

from central_hub.merging.inline import InlineMerger
from central_hub.merging.supervisor import SupervisedMerger

__all__ = ["InlineMerger", "SupervisedMerger"]
