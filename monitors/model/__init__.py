"""Domain values: frozen, slotted, free of input and output."""
