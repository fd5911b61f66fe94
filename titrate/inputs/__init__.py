"""What comes in: a patient's facts, typed texts, saved plans, rosters."""
