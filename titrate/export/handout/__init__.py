"""A plan as a printed handout: one document, laid out as HTML and as PDF."""
