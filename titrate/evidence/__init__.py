"""What is known: the evidence files in `data/`, and what they say as values."""
