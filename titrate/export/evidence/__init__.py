"""The evidence as pages: what each topic says, with its grades and sources."""
