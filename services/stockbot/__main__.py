"""`python -m stockbot`: the same as the command `stockbot`."""

from stockbot.cli import main

if __name__ == "__main__":
    main()
