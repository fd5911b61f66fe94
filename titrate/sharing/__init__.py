"""A plan for a phone in the same network: what is answered, on which address, for how long."""
