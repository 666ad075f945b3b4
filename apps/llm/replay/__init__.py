"""An OpenAI-compatible server that answers from recordings. The product never imports it."""
