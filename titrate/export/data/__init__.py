"""A plan for other programs: CSV, JSON, Markdown, and the schemas."""
