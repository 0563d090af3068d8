"""Whether a PDF is whole and belongs to its vehicle, read in a process of its own."""
