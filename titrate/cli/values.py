"""What a person typed, read exactly: the readers of `titrate.typed`, under the name that the commands know."""

from titrate.typed import read_choice, read_clock, read_date, read_id, read_number, read_whole

__all__ = ["read_choice", "read_clock", "read_date", "read_id", "read_number", "read_whole"]
