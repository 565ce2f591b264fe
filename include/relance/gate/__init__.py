"""The gate: which of the received files wait for a person, before anything is built of them."""
