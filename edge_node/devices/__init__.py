"""The office's devices as the node sees them: every act journaled before it is asked for, and who is down."""
