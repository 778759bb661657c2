"""One module a step of the schema; a step that was released is never changed."""
