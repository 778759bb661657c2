"""How sure a similarity is: measured on photographs, kept as a table, read at the gate."""
