"""The report of a job: one page made from what its folder holds."""
