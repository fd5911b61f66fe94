"""A clinic's worth: a roster of patients to a folder of plans."""
