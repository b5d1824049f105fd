"""Every long evaluation, one after the other: `python -m tests.evaluate`, which is `make evaluate`."""

from tests.evaluate import mutants

if __name__ == "__main__":
    mutants.main()
