"""The record of a job, which outlives a run: journal, links, events, metrics."""
