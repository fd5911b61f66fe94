"""The front door: alone reads the clock, prints, writes files and exits."""
