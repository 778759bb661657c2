"""What an import of subjects would change, before anything is. PURE. Enter by `import_plan`."""
