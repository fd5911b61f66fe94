"""What is kept: files that are written whole or not at all."""
