"""The faults, one kind a module; `all_faults` is what a run draws from."""
