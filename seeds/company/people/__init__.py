"""The organisation and its people: who is where, who is away, what they answer in surveys."""
