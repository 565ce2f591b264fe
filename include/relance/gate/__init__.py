"""The gate: which received files wait for a person before they count, and what was decided of them."""
