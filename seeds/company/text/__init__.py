"""The free texts of the company: phrases, authors, kinds of texts, and how they are put together."""
