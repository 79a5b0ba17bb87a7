"""What boards show, made of tables: one file per subject."""
