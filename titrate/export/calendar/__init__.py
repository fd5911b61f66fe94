"""A plan as a phone calendar."""
