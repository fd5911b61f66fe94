"""What follows from inputs and evidence: pure and exact; no clock, no file, no float."""
