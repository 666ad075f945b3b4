"""Requirements, the tests they become, and the gate that those tests decide."""
