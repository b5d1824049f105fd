"""Goals: who has which, how they go, and what is told of them."""
