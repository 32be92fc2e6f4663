"""Where things are kept: Redis, SQL, and the secrets sealed inside it."""
