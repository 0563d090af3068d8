"""The record of a job, which outlives its runs: journal, links, events, metrics."""
