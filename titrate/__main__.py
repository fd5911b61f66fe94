"""`python -m titrate`, and the front door of the `titrate` command."""

import sys


def main() -> int:
    """Run the command line and return its exit code; the version is printed without loading anything."""
    if sys.argv[1:] == ["--version"]:
        from titrate import __version__

        sys.stdout.write(f"titrate {__version__}\n")
        return 0
    from titrate.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
