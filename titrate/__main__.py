"""`python -m titrate`, and the front door of the `titrate` command."""

import sys


def program() -> None:
    """Run the command line and end the process at once, with its exit code.

    Python would first free every object one by one: with it, printing a plan takes 1.3 times as long as a minimal program of typer
    and rich that prints a table; without it 1.06, and the limit is 1.15. To profile, call `main`.
    """
    code = main()
    try:
        import atexit
        import os

        atexit._run_exitfuncs()  # what others asked for at the end is done
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # closed, full or not there: Python's own way copes with each
        sys.exit(code)
    os._exit(code)


def main() -> int:
    """Run the command line and return its exit code; the version is printed without loading anything."""
    try:
        if sys.argv[1:] == ["--version"] and sys.stdout is not None:
            from titrate import __version__

            try:
                sys.stdout.write(f"titrate {__version__}\n")
                sys.stdout.flush()
                return 0
            except OSError:
                pass  # a full disk or a closed pipe: `run` tries again and says so
        from titrate.storage.stops import hear_stops, ignore_stops

        hear_stops()
        from titrate.cli.app import run

        code = run(sys.argv[1:])
        ignore_stops()
        return code
    except KeyboardInterrupt:  # while it was loaded, or a second one
        from titrate.cli.terminal import open_closed_streams, stopped

        open_closed_streams()
        return stopped()
    except Exception as error:  # what nobody foresaw
        from titrate.cli.app import report

        return report(error)


if __name__ == "__main__":
    program()
