"""The faults, one kind a module; `schedule.ALL` is what a run draws from."""
