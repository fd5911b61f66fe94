"""`python -m titrate`, and the front door of the `titrate` command."""

import sys


def main() -> int:
    """Run the command line and return its exit code; the version is printed without loading anything."""
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        from titrate import __version__

        try:
            sys.stdout.write(f"titrate {__version__}\n")
            sys.stdout.flush()
            return 0
        except OSError:
            pass  # a full disk or a closed pipe: `run` tries again and says so
    from titrate.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
