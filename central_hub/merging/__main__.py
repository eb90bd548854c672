"""``python -m central_hub.merging``: the merging process."""

from central_hub.merging.worker import main

main()
